import type { DicomObject } from '../report/result-objects.ts'
import type { ModalityOutcome } from './receipt.ts'

/** Hands results that the archive has on to further archives. Safe to repeat. */
export interface Onward {
  handOn(objects: readonly DicomObject[]): Promise<readonly ModalityOutcome[]>
}
