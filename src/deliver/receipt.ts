import { type ResultName, resultNames } from '../report/result-kinds.ts'

/** Outcome of one kind of result. Outcomes are independent: a failed FHIR server does not undo a stored SR. */
type DeliveryOutcome = { readonly status: 'stored' } | { readonly status: 'off' }

/** Whether the study was marked for priority reading. */
type PriorityOutcome = { readonly status: 'raised' } | { readonly status: 'routine' } | { readonly status: 'off' }

/**
 * Status at one of the other archives: `committed` to storage; `sent`, if it offers no commitment; or
 * `commitment-pending`, if it has not reported yet.
 */
export interface ModalityOutcome {
  readonly modality: string
  readonly status: 'committed' | 'sent' | 'commitment-pending'
}

/** Where a study's results are. */
export type DeliveryReceipt = { readonly [Name in ResultName]: DeliveryOutcome } & {
  readonly priority: PriorityOutcome
  /** Per archive in `Results.SendTo`. */
  readonly onward: readonly ModalityOutcome[]
}

/** A name in receipts and metrics. */
export type ReceiptName = keyof DeliveryReceipt

const off = { status: 'off' } as const

/** A receipt with these kinds of results stored and everything else off. */
export function receiptOf(stored: readonly ResultName[]): DeliveryReceipt {
  const outcomes = resultNames.map((name) => [name, stored.includes(name) ? { status: 'stored' } : off])
  return {
    ...(Object.fromEntries(outcomes) as { readonly [Name in ResultName]: DeliveryOutcome }),
    priority: off,
    onward: [],
  }
}
