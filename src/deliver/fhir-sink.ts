import type { FhirBundle } from '../report/result-objects.ts'

/** Stores a transaction bundle completely or not at all. The same bundle again changes nothing. */
export interface FhirSink {
  store(bundle: FhirBundle): Promise<void>
}
