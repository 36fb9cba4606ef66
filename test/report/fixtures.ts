import type {
  Decision,
  ImageNotAnalysed,
  ImagePrediction,
  Prediction,
  Thresholds,
} from '../../src/classify/prediction.ts'
import { type ImageHeader, readImageHeader } from '../../src/intake/image-header.ts'
import type { ImageFlag } from '../../src/intake/study.ts'
import { type LungMask, type LungRegion, leftLung, rightLung } from '../../src/lungs/lung-region.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { type Preview, toPreview } from '../../src/pixels/preview.ts'
import { radiographLongSidePx } from '../../src/report/picture/layout.ts'
import { squareFrameSide } from '../../src/pixels/square-frame.ts'
import { syntheticRadiograph } from './synthetic-radiograph.ts'

export type AnalysedPrediction = Extract<Prediction, { kind: 'analysed' }>
export type NotAnalysedPrediction = Extract<Prediction, { kind: 'not-analysed' }>

/** Patient data, which must stay inside DICOM headers. */
export const patient = {
  alphabetic: 'Nguyễn^Thị Mây^^^',
  ideographic: '阮^氏雲',
  id: 'PAT-Ω-4711',
  birthDate: '20220115',
  referringPhysician: 'Çelik^Özge',
} as const

export const studyInstanceUid = '1.2.826.0.1.3680043.10.1338.7'
export const accessionNumber = 'ACC-2026-0042'
export const model = { name: 'pneumonia-resnet50', version: '0.1.0', digest: 'c0ffee12'.repeat(8) }
export const thresholds: Thresholds = { present: 0.62, absent: 0.27 }
export const analysedAt = '2026-03-01T09:15:30.250+01:00'

export interface SourceOptions {
  readonly width?: number
  readonly height?: number
  /** Number of the image in its study, from 1. */
  readonly imageNumber?: number
  readonly viewPosition?: 'AP' | 'PA'
  /** Attributes by tag that override the defaults; undefined removes one. */
  readonly attributes?: Readonly<Record<string, DicomDataset[string] | undefined>>
}

/** The header of a CR of a child whose names need Unicode, in the DICOM JSON Model. */
export function sourceHeader(options: SourceOptions = {}): DicomDataset {
  const { width = 512, height = 600, imageNumber = 1, viewPosition = 'AP', attributes = {} } = options
  const all: Record<string, DicomDataset[string] | undefined> = {
    '00080005': { vr: 'CS', Value: ['ISO_IR 192'] },
    '00080008': { vr: 'CS', Value: ['ORIGINAL', 'PRIMARY'] },
    '00080016': { vr: 'UI', Value: ['1.2.840.10008.5.1.4.1.1.1'] },
    '00080018': { vr: 'UI', Value: [`${studyInstanceUid}.1.${imageNumber}`] },
    '00080020': { vr: 'DA', Value: ['20260301'] },
    '00080030': { vr: 'TM', Value: ['091200'] },
    '00080050': { vr: 'SH', Value: [accessionNumber] },
    '00080060': { vr: 'CS', Value: ['CR'] },
    '00080090': { vr: 'PN', Value: [{ Alphabetic: patient.referringPhysician }] },
    '00081030': { vr: 'LO', Value: ['Röntgen Thorax'] },
    '00100010': { vr: 'PN', Value: [{ Alphabetic: patient.alphabetic, Ideographic: patient.ideographic }] },
    '00100020': { vr: 'LO', Value: [patient.id] },
    '00100030': { vr: 'DA', Value: [patient.birthDate] },
    '00100040': { vr: 'CS', Value: ['F'] },
    '00101010': { vr: 'AS', Value: ['004Y'] },
    '00180015': { vr: 'CS', Value: ['CHEST'] },
    '00185101': { vr: 'CS', Value: [viewPosition] },
    '0020000D': { vr: 'UI', Value: [studyInstanceUid] },
    '0020000E': { vr: 'UI', Value: [`${studyInstanceUid}.1`] },
    '00200010': { vr: 'SH', Value: ['S7'] },
    '00280004': { vr: 'CS', Value: ['MONOCHROME2'] },
    '00280010': { vr: 'US', Value: [height] },
    '00280011': { vr: 'US', Value: [width] },
    ...attributes,
  }
  return Object.fromEntries(Object.entries(all).flatMap(([tag, element]) => (element ? [[tag, element]] : [])))
}

export interface ImageOptions extends SourceOptions {
  readonly pneumonia?: number
  /** Share of bacterial in `pneumonia`, 0–1. */
  readonly bacterialShare?: number
  readonly lungs?: 'found' | 'whole-frame'
  readonly flags?: readonly ImageFlag[]
}

/** An image with its prediction. */
export function imagePrediction(options: ImageOptions = {}): ImagePrediction {
  const { width = 512, height = 600, pneumonia = 0.8764, bacterialShare = 0.7, flags = [] } = options
  const lungs = lungRegion(width, height, options.lungs ?? 'found')
  const bacterial = pneumonia * bacterialShare
  return {
    header: headerOf(options),
    displayDigest: 'd1'.repeat(32),
    lungs,
    probabilities: { pneumonia, normal: 1 - pneumonia, bacterial, viral: pneumonia - bacterial },
    decision: decisionAt(pneumonia),
    activation: { width: 7, height: 7, samples: hotSpot(7, 0.2, 0.72) },
    flags: lungs.kind === 'found' ? flags : [...flags, { code: 'LUNGS_NOT_FOUND', message: lungs.warning }],
  }
}

/** The study's prediction from its images, most suspicious first, as in classify/study-prediction.ts. */
export function analysed(
  images: readonly [ImagePrediction, ...ImagePrediction[]],
  options: { readonly source?: DicomDataset; readonly notAnalysed?: readonly ImageNotAnalysed[] } = {},
): AnalysedPrediction {
  const { decision } = images[0]
  return {
    ...base(options.source ?? sourceHeader()),
    kind: 'analysed',
    decision,
    images,
    imagesDisagree: images.some((image) => image.decision !== decision),
    notAnalysed: options.notAnalysed ?? [],
  }
}

/** A study of so many images, each with pneumonia. */
export function manyImages(count: number): AnalysedPrediction {
  const others = Array.from({ length: count - 1 }, (_, index) => imagePrediction({ imageNumber: index + 2 }))
  return analysed([imagePrediction(), ...others])
}

export function notAnalysed(images: readonly ImageNotAnalysed[], source = sourceHeader()): NotAnalysedPrediction {
  return { ...base(source), kind: 'not-analysed', notAnalysed: images }
}

/** A candidate image without a prediction. */
export function refusedImage(imageNumber = 1): ImageNotAnalysed {
  const reason = 'The patient is 34 years old; the network knows ages 1 to 5.'
  return { header: headerOf({ imageNumber }), outcome: 'refused', code: 'AGE_OUTSIDE_RANGE', reason }
}

export function failedImage(imageNumber = 1): ImageNotAnalysed {
  const reason = 'The pixel data end before the image does. Send the study again'
  return { header: headerOf({ imageNumber }), outcome: 'failed', code: 'PIXELS_WRONG_LENGTH', reason }
}

const outsideAge: ImageFlag = {
  code: 'AGE_OUTSIDE_RANGE',
  message: 'The patient is 9 years old; the network knows 1 to 5.',
}

/** One prediction for every outcome of a study. */
export const predictionOf = {
  present: () => analysed([imagePrediction()]),
  absent: () => analysed([imagePrediction({ pneumonia: 0.0431 })]),
  undetermined: () => analysed([imagePrediction({ pneumonia: 0.4449 })]),
  'whole frame with warnings': () =>
    analysed([imagePrediction({ pneumonia: 0.7312, lungs: 'whole-frame', flags: [outsideAge] })]),
  'images that disagree': () =>
    analysed([
      imagePrediction({ pneumonia: 0.9121 }),
      imagePrediction({ pneumonia: 0.1203, imageNumber: 2, viewPosition: 'PA', width: 700, height: 500 }),
    ]),
  'one image analysed, one refused': () =>
    analysed([imagePrediction({ pneumonia: 0.0431 })], { notAnalysed: [refusedImage(2)] }),
  'a study that grew': () => ({ ...analysed([imagePrediction()]), supersedes: 'cd34'.repeat(16) }),
  refused: () => notAnalysed([refusedImage()]),
  failed: () => notAnalysed([failedImage()]),
} as const satisfies Readonly<Record<string, () => Prediction>>

const previews = new Map<string, Preview>()

/** The pixels of an image prediction, drawn once per size. */
export function previewOf({ header }: ImagePrediction): Preview {
  const [width, height] = [header.columns ?? 1, header.rows ?? 1]
  const size = `${width}x${height}`
  const preview = previews.get(size) ?? toPreview(syntheticRadiograph(width, height), radiographLongSidePx)
  previews.set(size, preview)
  return preview
}

/** Previews of a study's radiographs by SOP Instance UID. */
export function previewsOf(prediction: Prediction): ReadonlyMap<string, Preview> {
  const images = prediction.kind === 'analysed' ? prediction.images : []
  return new Map(images.map((image) => [image.header.sopInstanceUid, previewOf(image)]))
}

function base(source: DicomDataset) {
  return { source, studyInstanceUid, model, thresholds, analysedAt }
}

function headerOf(options: SourceOptions): ImageHeader {
  return readImageHeader(sourceHeader(options))
}

function decisionAt(pneumonia: number): Decision {
  if (pneumonia >= thresholds.present) return 'present'
  return pneumonia < thresholds.absent ? 'absent' : 'undetermined'
}

function lungRegion(width: number, height: number, kind: 'found' | 'whole-frame'): LungRegion {
  if (kind === 'whole-frame') {
    const warning = 'The whole image was analysed because the lungs were not located reliably: the atlases disagree.'
    return { kind, box: { x: 0, y: 0, width, height }, quality: 0.21, warning }
  }
  const box = {
    x: Math.round(width * 0.14),
    y: Math.round(height * 0.14),
    width: Math.round(width * 0.72),
    height: Math.round(height * 0.66),
  }
  return { kind, box, quality: 0.91, mask: lungMask() }
}

/** The lungs of `syntheticRadiograph` in the square frame. */
function lungMask(): LungMask {
  const side = squareFrameSide
  const samples = Uint8Array.from({ length: side * side }, (_, index) => {
    const x = ((index % side) + 0.5) / side
    const y = (Math.floor(index / side) + 0.5) / side
    const inLung = (centre: number) => Math.hypot((x - centre) / 0.15, (y - 0.47) / 0.3) < 1
    if (inLung(0.32)) return rightLung
    return inLung(0.68) ? leftLung : 0
  })
  return { side, samples }
}

function hotSpot(side: number, x: number, y: number): Float32Array<ArrayBuffer> {
  return Float32Array.from({ length: side * side }, (_, index) => {
    const dx = ((index % side) + 0.5) / side - x
    const dy = (Math.floor(index / side) + 0.5) / side - y
    return Math.exp(-(dx ** 2 + dy ** 2) / 0.03)
  })
}
