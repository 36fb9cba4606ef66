import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { Servers } from '../clients/servers.ts'
import type { Prediction } from '../classify/prediction.ts'
import type { ResultName } from '../report/result-kinds.ts'
import type { WithdrawalCause } from '../report/withdrawal-cause.ts'
import type { ResultObjects, ResultParts } from '../report/result-objects.ts'
import type { Settings } from '../settings/settings.ts'
import type { TargetName } from './delivery-targets.ts'
import type { FhirSink } from './fhir-sink.ts'
import type { Priority } from './priority.ts'
import type { DeliveryReceipt, ReceiptName } from './receipt.ts'
import type { AcknowledgedMessages } from './send-once.ts'

/** A study's results, ready for delivery. */
export interface Delivery {
  readonly results: ResultObjects
  readonly priority: Priority
}

/** By name in receipts and metrics: the function that sends it, or the receipt's entry if there is nothing to send. */
export type Sendings = {
  readonly [Name in ReceiptName]?: DeliveryReceipt[Name] | (() => Promise<DeliveryReceipt[Name]>)
}

/** A result that was or may have been delivered and must no longer be used. */
export interface WithdrawnResult {
  readonly prediction: Prediction
  readonly results: ResultObjects
  readonly cause: WithdrawalCause
  /** ISO 8601 with zone. */
  readonly at: string
  /** Whether another valid result raises the study's priority. */
  readonly raisedByAnother: () => boolean
}

/** A destination of results. All its operations are safe to repeat. */
export interface DeliveryTarget {
  /** Names of its results in receipts and metrics. */
  readonly sends: readonly ReceiptName[]
  /** The target that must succeed before this one starts. */
  readonly after?: TargetName
  sendings(delivery: Delivery): Sendings
  /** Returns whether there was anything to withdraw. If not, targets after this one are skipped. */
  withdraw(withdrawn: WithdrawnResult): Promise<boolean>
}

/** Dependencies of the targets. */
export interface TargetParts {
  readonly servers: Servers
  readonly orthanc: OrthancClient | undefined
  /** FHIR store when no server is set; undefined if another process has it. */
  readonly embeddedFhir: FhirSink | undefined
  /** HL7 messages that must not be sent again. */
  readonly acknowledged: AcknowledgedMessages
}

/** Opens a target; undefined if the settings disable it. */
export type OpenTarget = (settings: Settings, parts: TargetParts) => DeliveryTarget | undefined

/** Sends each of these kinds of results separately and skips kinds that were not built. */
export function sendEach<Name extends ResultName>(
  names: readonly Name[],
  parts: ResultParts,
  send: (part: NonNullable<ResultParts[Name]>) => Promise<void>,
): Sendings {
  return Object.fromEntries(
    names.flatMap((name) => {
      const part = parts[name]
      if (part === undefined) return []
      const sending = async () => {
        await send(part)
        return { status: 'stored' } as const
      }
      return [[name, sending]]
    }),
  )
}
