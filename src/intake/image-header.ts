import { z } from 'zod'
import { headerIncomplete } from './errors.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import { firstItem, integerOf, numbersOf, onlyTextOf, textOf, textsOf } from '../dicom/element-values.ts'
import { uidSchema } from '../dicom/uid.ts'

/** A coded concept of a sequence (PS3.3 8.8). */
export interface CodedConcept {
  readonly value: string
  readonly scheme: string
  readonly meaning: string
}

/**
 * The attributes of an image that decide eligibility and identify it in results. Absent or empty attributes are
 * undefined.
 */
export interface ImageHeader {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly seriesInstanceUid: string
  readonly studyInstanceUid: string
  readonly modality: string
  readonly imageType: readonly string[]
  readonly manufacturer: string | undefined
  readonly seriesDescription: string | undefined
  readonly studyDescription: string | undefined
  readonly protocolName: string | undefined
  readonly presentationIntentType: string | undefined
  readonly viewPosition: string | undefined
  readonly viewCode: CodedConcept | undefined
  readonly patientOrientation: readonly string[]
  readonly bodyPartExamined: string | undefined
  readonly anatomicRegion: CodedConcept | undefined
  /** `YYYYMMDD`. */
  readonly studyDate: string | undefined
  /** `YYYYMMDD`. */
  readonly patientBirthDate: string | undefined
  /** As written, for example `003Y`. */
  readonly patientAge: string | undefined
  readonly burnedInAnnotation: string | undefined
  readonly photometricInterpretation: string | undefined
  readonly rows: number | undefined
  readonly columns: number | undefined
  readonly numberOfFrames: number
  /**
   * Rows, then columns: Pixel Spacing, or if that is absent Imager Pixel Spacing. The latter is measured at the
   * detector and so a little larger than in the patient (PS3.3 10.7.1.3).
   */
  readonly pixelSpacingMm: readonly [number, number] | undefined
}

const identity = z.object({
  SOPClassUID: uidSchema,
  SOPInstanceUID: uidSchema,
  SeriesInstanceUID: uidSchema,
  StudyInstanceUID: uidSchema,
})

/**
 * Reads the attributes that this program needs from an object's header.
 * @throws INTAKE_HEADER_INCOMPLETE if one of the four UIDs is missing
 */
export function readImageHeader(dataset: DicomDataset): ImageHeader {
  const parsed = identity.safeParse({
    SOPClassUID: onlyTextOf(dataset, '00080016'),
    SOPInstanceUID: onlyTextOf(dataset, '00080018'),
    SeriesInstanceUID: onlyTextOf(dataset, '0020000E'),
    StudyInstanceUID: onlyTextOf(dataset, '0020000D'),
  })
  if (!parsed.success) throw headerIncomplete(parsed.error.issues.map((issue) => issue.path.join('.')))
  return {
    sopClassUid: parsed.data.SOPClassUID,
    sopInstanceUid: parsed.data.SOPInstanceUID,
    seriesInstanceUid: parsed.data.SeriesInstanceUID,
    studyInstanceUid: parsed.data.StudyInstanceUID,
    modality: textOf(dataset, '00080060') ?? '',
    imageType: textsOf(dataset, '00080008'),
    manufacturer: textOf(dataset, '00080070'),
    seriesDescription: textOf(dataset, '0008103E'),
    studyDescription: textOf(dataset, '00081030'),
    protocolName: textOf(dataset, '00181030'),
    presentationIntentType: textOf(dataset, '00080068'),
    viewPosition: textOf(dataset, '00185101'),
    viewCode: conceptOf(dataset, '00540220'),
    patientOrientation: textsOf(dataset, '00200020'),
    bodyPartExamined: textOf(dataset, '00180015'),
    anatomicRegion: conceptOf(dataset, '00082218'),
    studyDate: textOf(dataset, '00080020'),
    patientBirthDate: textOf(dataset, '00100030'),
    patientAge: textOf(dataset, '00101010'),
    burnedInAnnotation: textOf(dataset, '00280301'),
    photometricInterpretation: textOf(dataset, '00280004'),
    rows: integerOf(dataset, '00280010'),
    columns: integerOf(dataset, '00280011'),
    numberOfFrames: integerOf(dataset, '00280008') ?? 1,
    pixelSpacingMm: spacingOf(dataset, '00280030') ?? spacingOf(dataset, '00181164'),
  }
}

function spacingOf(dataset: DicomDataset, tag: string): readonly [number, number] | undefined {
  const [rows = 0, columns = 0] = numbersOf(dataset, tag)
  return rows > 0 && columns > 0 ? [rows, columns] : undefined
}

function conceptOf(dataset: DicomDataset, sequenceTag: string): CodedConcept | undefined {
  const item = firstItem(dataset, sequenceTag)
  const value = item && textOf(item, '00080100')
  if (item === undefined || value === undefined) return undefined
  return { value, scheme: textOf(item, '00080102') ?? '', meaning: textOf(item, '00080104') ?? '' }
}
