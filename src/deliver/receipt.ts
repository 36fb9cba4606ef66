/** What became of one kind of result. Outcomes are independent: a FHIR server that is down does not undo a stored SR. */
export type DeliveryOutcome = { readonly status: 'stored' } | { readonly status: 'off' }

/** Whether the study was marked to be read before others. */
export type PriorityOutcome =
  { readonly status: 'raised' } | { readonly status: 'routine' } | { readonly status: 'off' }

/** Where a study's results now are. */
export interface DeliveryReceipt {
  readonly structuredReport: DeliveryOutcome
  readonly pictures: DeliveryOutcome
  readonly segmentations: DeliveryOutcome
  readonly fhir: DeliveryOutcome
  readonly hl7: DeliveryOutcome
  readonly priority: PriorityOutcome
}
