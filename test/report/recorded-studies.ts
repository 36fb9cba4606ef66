import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import type { ReportMaterial } from '../../src/report/result-kind.ts'
import type { DicomObject } from '../../src/report/result-objects.ts'
import type { Recorded } from '../recording.ts'
import {
  analysed,
  failedImage,
  imagePrediction,
  notAnalysed,
  refusedImage,
  sourceHeader,
  studyInstanceUid,
} from './fixtures.ts'

const element = (vr: string, ...Value: readonly unknown[]): DicomDataset[string] => ({ vr, Value })

/** Everything that a result copies from its source. */
const fullSource = sourceHeader({
  imageNumber: 3,
  attributes: {
    '00080030': element('TM', '091205.250000'),
    '00080201': element('SH', '+0530'),
    '00100010': element('PN', {
      Alphabetic: 'Yamada^Tarou^Jiro^Dr.^Jr.',
      Ideographic: '山田^太郎',
      Phonetic: 'やまだ^たろう',
    }),
    '00100021': element('LO', 'MPI'),
    '00282110': element('CS', '01'),
    '00282112': element('DS', 12.5, 3),
    '00282114': element('CS', 'ISO_10918_1', 'ISO_15444_1'),
  },
})

const identifyingTags = [
  ...['00080020', '00080030', '00080050', '00080090', '00081030', '00100010', '00100020', '00100030', '00100040'],
  ...['00101010', '00180015', '00185101', '00200010'],
]
const bareSource = sourceHeader({
  width: 128,
  height: 152,
  attributes: Object.fromEntries(identifyingTags.map((tag) => [tag, undefined])),
})

/** Small, because coverage and mutants make drawing slow. */
const portrait = { width: 128, height: 152 }
/** Of an odd number of pixels, which a segmentation stores as bytes. */
const landscape = { width: 141, height: 101 }

/** Three images of two series with three decisions, warnings and more images that were not analysed. */
const severalImages = {
  ...analysed(
    [
      imagePrediction({ ...portrait, pneumonia: 0.9121, attributes: { '00280301': element('CS', 'YES') } }),
      imagePrediction({
        ...portrait,
        imageNumber: 2,
        pneumonia: 0.4449,
        lungs: 'whole-frame',
        flags: [{ code: 'AGE_OUTSIDE_RANGE', message: 'The patient is 9 years old; the network knows 1 to 5.' }],
      }),
      imagePrediction({
        imageNumber: 3,
        pneumonia: 0.0431,
        viewPosition: 'PA',
        ...landscape,
        attributes: {
          '0020000E': element('UI', `${studyInstanceUid}.2`),
          '00280030': element('DS', 0.143, 0.15),
        },
      }),
    ],
    { source: fullSource, notAnalysed: [refusedImage(4), failedImage(5)] },
  ),
  supersedes: 'cd34'.repeat(16),
}

/**
 * Studies whose whole results are recorded: a plain one, one with all that a header and an outcome can hold, one whose
 * source has nothing optional, and one without an analysed image.
 */
export const recordedStudies = {
  present: analysed([imagePrediction(portrait)]),
  'several images': severalImages,
  'nothing optional': analysed(
    [{ ...imagePrediction({ ...portrait, pneumonia: 0.4449 }), header: readImageHeader(bareSource) }],
    {
      source: bareSource,
    },
  ),
  'not analysed': notAnalysed([refusedImage(), failedImage(2)], bareSource),
} as const

export type RecordedStudy = keyof typeof recordedStudies
export const recordedNames = Object.keys(recordedStudies) as readonly RecordedStudy[]

/** Its UIDs are in the recordings. */
export const resultKey = 'ab12'.repeat(16)

/** What the builder of a kind that needs no pictures takes. */
export function materialOf(study: RecordedStudy): ReportMaterial {
  return { prediction: recordedStudies[study], resultKey, pictures: Promise.resolve([]) }
}

/** A DICOM object with its header as DICOM JSON, without its pixels. */
export function objectToRecord({ bytes, ...object }: DicomObject): Recorded {
  const { transferSyntaxUid, dataset } = parseDicomFile(bytes)
  return asRecorded({ ...object, transferSyntaxUid, dataset })
}

/** Plain JSON, without members that are undefined. */
export function asRecorded(value: unknown): Recorded {
  return JSON.parse(JSON.stringify(value)) as Recorded
}
