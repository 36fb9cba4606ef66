/** What became of one kind of result. Outcomes are independent: a FHIR server that is down does not undo a stored SR. */
export type DeliveryOutcome = { readonly status: 'stored' } | { readonly status: 'off' }

/** Whether the study was marked to be read before others. */
export type PriorityOutcome =
  { readonly status: 'raised' } | { readonly status: 'routine' } | { readonly status: 'off' }

/**
 * What a further archive said: `committed` to keep the objects, has them (`sent`) and offers no commitment, or has them and has not
 * yet reported.
 */
export interface ModalityOutcome {
  readonly modality: string
  readonly status: 'committed' | 'sent' | 'commitment-pending'
}

/** Where a study's results now are. */
export interface DeliveryReceipt {
  readonly structuredReport: DeliveryOutcome
  readonly pictures: DeliveryOutcome
  readonly segmentations: DeliveryOutcome
  readonly fhir: DeliveryOutcome
  readonly hl7: DeliveryOutcome
  readonly priority: PriorityOutcome
  /** By further archive, where any is set. */
  readonly onward: readonly ModalityOutcome[]
}
