import { type ResultNameOf, dicomObjects } from '../report/result-kinds.ts'
import type { DicomObject } from '../report/result-objects.ts'
import { rejectionNote } from '../report/sr/rejection-note.ts'
import type { WithdrawnResult } from './target.ts'

/** The rejection note for a result's objects of these kinds, the same every time; undefined if there are none. */
export function noteOn(
  { prediction, results, cause, at }: WithdrawnResult,
  kinds: readonly ResultNameOf<'dicom'>[],
): DicomObject | undefined {
  const [first, ...others] = dicomObjects(results.parts, kinds)
  if (first === undefined) return undefined
  return rejectionNote({ prediction, resultKey: results.resultKey, objects: [first, ...others], cause, at })
}
