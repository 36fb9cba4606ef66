import type { FhirBundle } from '../report/result-objects.ts'

/** Takes a transaction bundle whole or not at all. The same bundle again changes nothing. */
export interface FhirSink {
  store(bundle: FhirBundle): Promise<void>
}
