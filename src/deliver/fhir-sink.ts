import type { FhirBundle } from '../report/result-objects.ts'

/** Stores a transaction bundle completely or not at all. The same bundle again changes nothing. */
export interface FhirSink {
  /** @param purpose a bundle that withdraws an earlier one knows nothing newer of the patient */
  store(bundle: FhirBundle, purpose?: 'withdrawal'): Promise<void>
}
