import { type ResultName, resultNames } from '../report/result-kinds.ts'

/** What became of one kind of result. Outcomes are independent: a FHIR server that is down does not undo a stored SR. */
export type DeliveryOutcome = { readonly status: 'stored' } | { readonly status: 'off' }

/** Whether the study was marked to be read before others. */
type PriorityOutcome = { readonly status: 'raised' } | { readonly status: 'routine' } | { readonly status: 'off' }

/**
 * What a further archive said: `committed` to keep the objects, has them (`sent`) and offers no commitment, or has them and has not
 * yet reported.
 */
export interface ModalityOutcome {
  readonly modality: string
  readonly status: 'committed' | 'sent' | 'commitment-pending'
}

/** Where a study's results now are. */
export type DeliveryReceipt = { readonly [Name in ResultName]: DeliveryOutcome } & {
  readonly priority: PriorityOutcome
  /** By further archive, where any is set in `Results.SendTo`. */
  readonly onward: readonly ModalityOutcome[]
}

/** A name in receipts and metrics. */
export type ReceiptName = keyof DeliveryReceipt

const off = { status: 'off' } as const

/** The receipt where these kinds of results were stored, and nothing else was done. */
export function receiptOf(stored: readonly ResultName[]): DeliveryReceipt {
  const outcomes = resultNames.map((name) => [name, stored.includes(name) ? { status: 'stored' } : off])
  return {
    ...(Object.fromEntries(outcomes) as { readonly [Name in ResultName]: DeliveryOutcome }),
    priority: off,
    onward: [],
  }
}
