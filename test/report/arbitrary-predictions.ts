import fc from 'fast-check'
import type { Decision, ImageNotAnalysed, ImagePrediction, Prediction } from '../../src/classify/prediction.ts'
import type { DicomDataset } from '../../src/dicom/dataset.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import type { ImageFlag } from '../../src/intake/study.ts'
import { flagCodes, refusalCodes } from '../../src/errors/reason-codes.ts'
import { imagePrediction, model, sourceHeader, studyInstanceUid } from './fixtures.ts'

/** Characters that separate, escape or end something in DICOM, FHIR or HL7 v2. */
const separators = ['|', '^', '&', '~', '/', '$', ',', '"', '%', '+', '=', '?', '#', ' ', 'é', 'ß', '雲', '😀']

/** A text as an archive holds it: any script and any separator, but no backslash, which separates values of DICOM. */
export const writtenText = fc.string({
  unit: fc.oneof(fc.constantFrom(...separators), fc.stringMatching(/^[A-Za-z0-9.-]$/)),
  minLength: 1,
  maxLength: 24,
})

/** A sentence that begins and ends with a letter, so that its spaces are kept. */
const sentence = writtenText.map((text) => `The ${text} end.`)

const located = { found: imagePrediction(), 'whole-frame': imagePrediction({ lungs: 'whole-frame' }) }

interface ImageParts {
  readonly pneumonia: number
  readonly bacterialShare: number
  readonly lungs: keyof typeof located
  readonly viewPosition: 'AP' | 'PA'
  readonly series: number
  readonly flags: readonly ImageFlag[]
}

const share = fc.double({ min: 0, max: 1, noNaN: true })
const flag = fc.record({ code: fc.constantFrom(...flagCodes), message: sentence })
const imageParts: fc.Arbitrary<ImageParts> = fc.record({
  pneumonia: share,
  bacterialShare: share,
  lungs: fc.constantFrom('found', 'whole-frame'),
  viewPosition: fc.constantFrom('AP', 'PA'),
  series: fc.integer({ min: 1, max: 3 }),
  flags: fc.array(flag, { maxLength: 2 }),
})

const thresholdPair = fc.tuple(share, share).map(([one, other]) => ({
  present: Math.max(one, other),
  absent: Math.min(one, other),
}))

const refusal = fc.record({ code: fc.constantFrom(...refusalCodes), reason: sentence, outcome: fc.constant('refused') })

const optionalText = fc.option(writtenText, { nil: undefined })

/** A Patient ID or an issuer is not blank. */
const identifyingText = fc.option(
  writtenText.filter((text) => text.trim() !== ''),
  { nil: undefined },
)

const source = fc
  .record({
    id: identifyingText,
    issuer: identifyingText,
    accession: optionalText,
    family: optionalText,
    date: fc.constantFrom('20260301', '20240229', '20260231', undefined),
    sex: fc.constantFrom('F', 'M', 'O', undefined),
  })
  .map(({ id, issuer, accession, family, date, sex }) => ({
    '00100020': element('LO', id),
    '00100021': element('LO', issuer),
    '00080050': element('SH', accession),
    '00100010': family === undefined ? undefined : { vr: 'PN', Value: [{ Alphabetic: `${family}^Ann` }] },
    '00080020': element('DA', date),
    '00100040': element('CS', sex),
  }))

const base = fc.record({
  thresholds: thresholdPair,
  source: source.map((attributes) => sourceHeader({ attributes })),
  model: fc.record({
    name: fc.stringMatching(/^[a-z0-9|^&-]{1,20}$/),
    version: fc.stringMatching(/^[0-9.]{1,8}$/),
    digest: fc.constantFrom(model.digest, 'd'.repeat(64)),
  }),
  supersedes: fc.constantFrom(undefined, 'cd34'.repeat(16)),
  analysedAt: fc
    .tuple(fc.date({ min: new Date('2000-01-01'), max: new Date('2099-12-31'), noInvalidDate: true }), offset())
    .map(([moment, zone]) => `${moment.toISOString().slice(0, -1)}${zone}`),
})

/** Studies of up to twelve images, analysed, refused or both, with any thresholds, warnings and patient. */
export const arbitraryPrediction: fc.Arbitrary<Prediction> = fc
  .tuple(base, fc.array(imageParts, { maxLength: 12 }), fc.array(refusal, { minLength: 1, maxLength: 3 }), fc.boolean())
  .map(([common, images, refusals, alsoRefused]) => {
    const analysed = images.toSorted((one, other) => other.pneumonia - one.pneumonia)
    const notAnalysed = refusals.map((why, index) => refusedImage(why, images.length + index + 1))
    const { supersedes, ...rest } = common
    const all = { ...rest, studyInstanceUid, ...(supersedes !== undefined && { supersedes }) }
    const [first, ...others] = analysed.map((parts, index) => imageOf(parts, index + 1, common.thresholds))
    if (first === undefined) return { ...all, kind: 'not-analysed', notAnalysed }
    return {
      ...all,
      kind: 'analysed',
      decision: first.decision,
      images: [first, ...others],
      imagesDisagree: others.some(({ decision }) => decision !== first.decision),
      notAnalysed: alsoRefused ? notAnalysed : [],
    }
  })

/** The analysed images; none if nothing was analysed. */
export function imagesOf(prediction: Prediction): readonly ImagePrediction[] {
  return prediction.kind === 'analysed' ? prediction.images : []
}

/** SOP Instance UIDs of all images of a study. */
export function sourcesOf(prediction: Prediction): readonly string[] {
  return [...imagesOf(prediction), ...prediction.notAnalysed].map(({ header }) => header.sopInstanceUid)
}

function element(vr: string, value: string | undefined): DicomDataset[string] | undefined {
  return value === undefined ? undefined : { vr, Value: [value] }
}

/** The reader of HL7 v2 in these tests refuses zones west of Greenwich and beyond +12:00. */
function offset(): fc.Arbitrary<string> {
  return fc.constantFrom('Z', '+01:00', '+05:30', '+11:00')
}

function imageOf(
  { pneumonia, bacterialShare, lungs, viewPosition, series, flags }: ImageParts,
  imageNumber: number,
  thresholds: Prediction['thresholds'],
): ImagePrediction {
  const bacterial = pneumonia * bacterialShare
  return {
    ...located[lungs],
    header: headerOf(imageNumber, series, viewPosition),
    probabilities: { pneumonia, normal: 1 - pneumonia, bacterial, viral: pneumonia - bacterial },
    decision: decisionAt(pneumonia, thresholds),
    flags,
  }
}

function headerOf(imageNumber: number, series: number, viewPosition: 'AP' | 'PA') {
  const attributes = { '0020000E': { vr: 'UI', Value: [`${studyInstanceUid}.${series}`] } }
  return readImageHeader(sourceHeader({ imageNumber, viewPosition, attributes }))
}

function refusedImage(
  { code, reason }: { code: (typeof refusalCodes)[number]; reason: string },
  imageNumber: number,
): ImageNotAnalysed {
  return { header: headerOf(imageNumber, 1, 'AP'), outcome: 'refused', code, reason }
}

function decisionAt(pneumonia: number, { present, absent }: Prediction['thresholds']): Decision {
  if (pneumonia >= present) return 'present'
  return pneumonia < absent ? 'absent' : 'undetermined'
}
