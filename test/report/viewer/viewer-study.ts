import { textOf } from '../../../src/dicom/element-values.ts'
import dcmjs from 'dcmjs'
import type { Prediction, WhyNotAnalysed } from '../../../src/classify/prediction.ts'
import { type ImageHeader, readImageHeader } from '../../../src/intake/image-header.ts'
import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import { buildResults } from '../../../src/report/build-results.ts'
import type { ResultObjects } from '../../../src/report/result-objects.ts'
import type { DicomSample } from '../../servers/dicom-samples.ts'
import { type ImageOptions, analysed, imagePrediction, notAnalysed, previewsOf, sourceHeader } from '../fixtures.ts'
import { reportOptions } from '../report-options.ts'
import { syntheticRadiograph } from '../synthetic-radiograph.ts'

/** A radiograph as a modality sends it, and all its results. */
export interface ViewerStudy {
  readonly prediction: Prediction
  readonly radiograph: DicomSample
  readonly results: ResultObjects
}

/** The prediction for the radiograph, or the reason for none. */
export type Finding = Pick<ImageOptions, 'pneumonia'> | WhyNotAnalysed

export interface RadiographOptions {
  readonly width: number
  readonly height: number
  readonly attributes?: DicomDataset
}

/** Taller than wide, with sides that are not multiples of eight pixels. */
const defaultSize = { width: 510, height: 601 }

/**
 * @param studyNumber distinguishes studies and patients
 * @param radiograph its size, and attributes by tag that override the defaults
 */
export async function viewerStudy(
  studyNumber: number,
  finding: Finding,
  { width, height, attributes }: RadiographOptions = defaultSize,
): Promise<ViewerStudy> {
  const options: ImageOptions = { width, height, attributes: { ...identity(studyNumber), ...attributes } }
  const source = sourceHeader(options)
  const header = readImageHeader(source)
  const prediction: Prediction = {
    ...predictionOn(finding, options, source),
    studyInstanceUid: header.studyInstanceUid,
  }
  const results = await buildResults(
    prediction,
    previewsOf(prediction),
    reportOptions({ Results: { Segmentation: true } }),
  )
  const patientId = textOf(source, '00100020') ?? ''
  return { prediction, radiograph: { ...header, patientId, bytes: radiographFile(header, source) }, results }
}

function predictionOn(finding: Finding, options: ImageOptions, source: DicomDataset): Prediction {
  if ('reason' in finding) return notAnalysed([{ header: readImageHeader(source), ...finding }], source)
  return analysed([imagePrediction({ ...options, ...finding })], { source })
}

/** Orthanc 1.10 cannot find a patient by a non-ASCII ID, and OHIF lists a study only if it finds its patient. */
function identity(studyNumber: number): DicomDataset {
  const root = `1.2.826.0.1.3680043.10.1338.8.${studyNumber}`
  return {
    '00100020': { vr: 'LO', Value: [`VIEWED-${studyNumber}`] },
    '0020000D': { vr: 'UI', Value: [root] },
    '0020000E': { vr: 'UI', Value: [`${root}.1`] },
    '00080018': { vr: 'UI', Value: [`${root}.1.1`] },
  }
}

/** The synthetic chest with 12 of 16 bits, in Explicit VR Little Endian. */
function radiographFile(
  { sopClassUid, sopInstanceUid, columns, rows }: ImageHeader,
  source: DicomDataset,
): Uint8Array<ArrayBuffer> {
  const { samples } = syntheticRadiograph(columns!, rows!)
  const file = new dcmjs.data.DicomDict({
    '00020002': { vr: 'UI', Value: [sopClassUid] },
    '00020003': { vr: 'UI', Value: [sopInstanceUid] },
    '00020010': { vr: 'UI', Value: ['1.2.840.10008.1.2.1'] },
  })
  file.dict = {
    ...(structuredClone(source) as typeof file.dict),
    '00280002': { vr: 'US', Value: [1] },
    '00280100': { vr: 'US', Value: [16] },
    '00280101': { vr: 'US', Value: [12] },
    '00280102': { vr: 'US', Value: [11] },
    '00280103': { vr: 'US', Value: [0] },
    '7FE00010': { vr: 'OW', Value: [Uint16Array.from(samples, (sample) => sample >> 4).buffer] },
  }
  return new Uint8Array(file.write())
}
