import type { DicomDataset } from '../dicom/dataset.ts'
import { itemsOf, textOf } from '../dicom/element-values.ts'

/** Key Object Selection Document Storage. */
const keyObjectSelection = '1.2.840.10008.5.1.4.1.1.88.59'

/**
 * Titles of rejection notes: for quality reasons, for patient safety reasons, incorrect modality worklist entry, data
 * retention expired (IHE RAD TF-3 4.66, CID 7011).
 */
const titles: ReadonlySet<string> = new Set(['113001', '113037', '113038', '113039'])

/**
 * SOP Instance UIDs of the objects that the rejection notes among a study's objects take out of use.
 * @param headers of all objects of the study
 */
export function rejectedObjects(headers: readonly DicomDataset[]): ReadonlySet<string> {
  return new Set(headers.filter(isRejectionNote).flatMap(referencedObjects))
}

function isRejectionNote(header: DicomDataset): boolean {
  if (textOf(header, '00080016') !== keyObjectSelection) return false
  // Concept Name Code Sequence of the root.
  const codes = itemsOf(header, '0040A043')
  return codes.some((code) => titles.has(textOf(code, '00080100') ?? '') && textOf(code, '00080102') === 'DCM')
}

/** From the Current Requested Procedure Evidence Sequence, which lists all objects of the note (PS3.3 C.17.6.2). */
function referencedObjects(note: DicomDataset): readonly string[] {
  return itemsOf(note, '0040A375')
    .flatMap((study) => itemsOf(study, '00081115'))
    .flatMap((series) => itemsOf(series, '00081199'))
    .flatMap((object) => textOf(object, '00081155') ?? [])
}
