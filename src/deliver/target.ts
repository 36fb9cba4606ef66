import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { Servers } from '../clients/servers.ts'
import type { Prediction } from '../classify/prediction.ts'
import type { ResultName } from '../report/result-kinds.ts'
import type { ResultObjects, ResultParts } from '../report/result-objects.ts'
import type { Settings } from '../settings/settings.ts'
import type { TargetName } from './delivery-targets.ts'
import type { FhirSink } from './fhir-sink.ts'
import type { Priority } from './priority.ts'
import type { DeliveryReceipt, ReceiptName } from './receipt.ts'
import type { AcknowledgedMessages } from './send-once.ts'

/** A study's results on their way out. */
export interface Delivery {
  readonly results: ResultObjects
  readonly priority: Priority
}

/** By name in receipts and metrics: what sends it, or what the receipt says where there is nothing to send. */
export type Sendings = {
  readonly [Name in ReceiptName]?: DeliveryReceipt[Name] | (() => Promise<DeliveryReceipt[Name]>)
}

/** A delivered result, or one that may have been delivered, that must no longer be used. */
export interface WithdrawnResult {
  readonly prediction: Prediction
  readonly results: ResultObjects
  /** ISO 8601 with zone. */
  readonly retractedAt: string
  /** Whether another valid result raises the study's priority. */
  readonly raisedByAnother: () => boolean
}

/** Where results go. Everything that it does is safe to repeat. */
export interface DeliveryTarget {
  /** Names of what it sends in receipts and metrics. */
  readonly sends: readonly ReceiptName[]
  /** Name of the target that must succeed before this one begins. */
  readonly after?: TargetName
  sendings(delivery: Delivery): Sendings
  /** Says whether there was something to withdraw; where not, targets after this one are left out. */
  withdraw(withdrawn: WithdrawnResult): Promise<boolean>
}

/** What targets are opened with. */
export interface TargetParts {
  readonly servers: Servers
  readonly orthanc: OrthancClient | undefined
  /** Where FHIR goes when no server is set; undefined where another process stores it. */
  readonly embeddedFhir: FhirSink | undefined
  /** HL7 messages that are not sent again. */
  readonly acknowledged: AcknowledgedMessages
}

/** Opens a target by the settings; undefined where they have it off. */
export type OpenTarget = (settings: Settings, parts: TargetParts) => DeliveryTarget | undefined

/** Sends each of these kinds of results by itself. Kinds that were not built are left out. */
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
