import type { DicomDataset } from '../dicom/dataset.ts'
import { mayBeSamePatient, patientIdentityOf } from '../dicom/patient-identity.ts'
import { patientsDiffer } from './errors.ts'
import { type ImageHeader, readImageHeader } from './image-header.ts'
import { ageRule } from './patient-age.ts'
import { type EligibilityRules, type Rule, passes, refuses } from './rule.ts'
import type { EligibleImage, ImageFlag } from './study.ts'
import type { RefusalCode } from '../errors/reason-codes.ts'
import { bodyPartRule, viewRule } from './view-and-body-part.ts'

/**
 * An image that is not analysed. `candidate`: a chest radiograph that readers expect a result for, so its refusal is
 * reported.
 */
export interface RefusedImage {
  readonly kind: 'refused'
  readonly header: ImageHeader
  readonly dataset: DicomDataset
  readonly candidate: boolean
  readonly code: RefusalCode
  readonly reason: string
}

type Eligibility = { readonly kind: 'eligible'; readonly image: EligibleImage } | RefusedImage

/** The rules from the `Eligibility` settings. */
export function eligibilityRules(settings: {
  readonly MinAgeYears: number
  readonly MaxAgeYears: number
  readonly OutsideAge: 'flag' | 'skip'
  readonly Undetermined: 'analyse' | 'skip'
}): EligibilityRules {
  return {
    minAgeYears: settings.MinAgeYears,
    maxAgeYears: settings.MaxAgeYears,
    outsideAge: settings.OutsideAge,
    undetermined: settings.Undetermined,
  }
}

const radiographyModalities: ReadonlySet<string> = new Set(['CR', 'DX', 'RG', 'DR'])

export function isRadiographyModality(modality: string): boolean {
  return radiographyModalities.has(modality.toUpperCase())
}

export const computedRadiographyImageStorage = '1.2.840.10008.5.1.4.1.1.1'

const sopClassNames = new Map([
  [computedRadiographyImageStorage, 'presentation'],
  ['1.2.840.10008.5.1.4.1.1.1.1', 'presentation'],
  ['1.2.840.10008.5.1.4.1.1.1.1.1', 'processing'],
])

const modalityRule: Rule = ({ modality }) =>
  isRadiographyModality(modality)
    ? passes
    : refuses(
        'NOT_RADIOGRAPHY',
        modality === '' ? 'The modality is missing.' : `The modality is ${modality}, not CR or DX.`,
      )

const forProcessing = 'The image is FOR PROCESSING, not FOR PRESENTATION.'

const sopClassRule: Rule = ({ sopClassUid }) => {
  const intent = sopClassNames.get(sopClassUid)
  if (intent === undefined)
    return refuses('NOT_RADIOGRAPH_SOP_CLASS', 'The SOP Class is not that of a computed or digital radiograph.')
  return intent === 'presentation' ? passes : refuses('FOR_PROCESSING', forProcessing)
}

const presentationRule: Rule = ({ presentationIntentType }) =>
  presentationIntentType?.toUpperCase() === 'FOR PROCESSING' ? refuses('FOR_PROCESSING', forProcessing) : passes

const frameRule: Rule = ({ numberOfFrames }) =>
  numberOfFrames === 1 ? passes : refuses('MULTI_FRAME', `The image has ${numberOfFrames} frames, not one.`)

/** Words that mark an image as a processed copy. The network was not trained on such images. */
const enhancedWords = /(?:bone|rib)[- _]?suppress|soft[- _]?tissue|dual[- _]?energy|subtract/i

const enhancedRule: Rule = ({ imageType, seriesDescription }) =>
  [...imageType.slice(2), seriesDescription ?? ''].some((text) => enhancedWords.test(text))
    ? refuses('ENHANCED_COPY', 'The image is a processed copy (bone suppression, dual energy or subtraction).')
    : passes

/**
 * PS3.3 C.7.6.1.1.2, value 2. Some archives set SECONDARY after recompression, so a copy without its original is
 * analysed.
 */
const secondaryRule: Rule = ({ imageType }) =>
  imageType[1]?.toUpperCase() === 'SECONDARY'
    ? { kind: 'flags', flag: { code: 'SECONDARY_IMAGE', message: 'The image is a copy (Image Type SECONDARY).' } }
    : passes

const burnedInRule: Rule = ({ burnedInAnnotation }) =>
  burnedInAnnotation?.toUpperCase() === 'YES'
    ? { kind: 'flags', flag: { code: 'BURNED_IN_ANNOTATION', message: 'Text is burned into the image.' } }
    : passes

/** Applied in this order: type of object, body part and view, patient. The first refusal is the reason. */
const table: readonly Rule[] = [
  modalityRule,
  sopClassRule,
  presentationRule,
  frameRule,
  enhancedRule,
  bodyPartRule,
  viewRule,
  ageRule,
  secondaryRule,
  burnedInRule,
]

/**
 * Decides whether an image is a frontal chest radiograph of a child, and if not, why.
 * @throws INTAKE_HEADER_INCOMPLETE
 */
export function assessImage(dataset: DicomDataset, rules: EligibilityRules): Eligibility {
  const header = readImageHeader(dataset)
  const flags: ImageFlag[] = []
  for (const rule of table) {
    const verdict = rule(header, rules)
    if (verdict.kind === 'refuses') {
      const candidate = verdict.candidate && !flags.some((flag) => flag.code === 'BODY_PART_UNKNOWN')
      return { ...verdict, kind: 'refused', header, dataset, candidate }
    }
    if (verdict.kind === 'open' && rules.undetermined === 'skip') {
      const reason = verdict.flag.message
      return { kind: 'refused', header, dataset, candidate: verdict.candidate, code: 'UNDETERMINED', reason }
    }
    if (verdict.kind !== 'passes') flags.push(verdict.flag)
  }
  return { kind: 'eligible', image: { header, dataset, flags } }
}

/** The images of a study, split into eligible and refused. */
interface AssessedStudy {
  readonly eligible: readonly EligibleImage[]
  readonly refused: readonly RefusedImage[]
}

/**
 * Assesses all images of a study. An instance sent twice counts once; a copy counts only if its original is missing.
 * @throws INTAKE_HEADER_INCOMPLETE, DICOM_PATIENT_IDENTITY_INVALID or INTAKE_PATIENTS_DIFFER
 */
export function assessStudy(datasets: readonly DicomDataset[], rules: EligibilityRules): AssessedStudy {
  const latest = new Map<string, Eligibility>()
  for (const dataset of datasets) {
    const assessment = assessImage(dataset, rules)
    const { header } = assessment.kind === 'eligible' ? assessment.image : assessment
    latest.set(header.sopInstanceUid, assessment)
  }
  const all = [...latest.values()]
  const eligible = all.filter((one) => one.kind === 'eligible').map((one) => one.image)
  const originals = eligible.filter((image) => !isCopy(image))
  const copies = originals.length === 0 ? [] : eligible.filter(isCopy)
  const assessed = {
    eligible: originals.length === 0 ? eligible : originals,
    refused: [...all.filter((one) => one.kind === 'refused'), ...copies.map(refusedCopy)],
  }
  requireOnePatient([...assessed.eligible, ...namedRefusals(assessed)])
  return assessed
}

/** Results copy the patient of one image, so all images of a result must have the same. */
function requireOnePatient(images: readonly { readonly dataset: DicomDataset }[]): void {
  const patients = images.map(({ dataset }) => patientIdentityOf(dataset))
  for (const one of patients) for (const other of patients) if (!mayBeSamePatient(one, other)) throw patientsDiffer()
}

function isCopy({ flags }: EligibleImage): boolean {
  return flags.some(({ code }) => code === 'SECONDARY_IMAGE')
}

function refusedCopy({ header, dataset }: EligibleImage): RefusedImage {
  const reason = 'The image is a copy (Image Type SECONDARY), and the study contains the original.'
  return { kind: 'refused', header, dataset, candidate: false, code: 'SECONDARY_IMAGE', reason }
}

/** The refused images that a result lists: the candidates, and the lateral view if another image was analysed. */
export function namedRefusals({ eligible, refused }: AssessedStudy): readonly RefusedImage[] {
  return refused.filter(({ candidate, code }) => candidate || (code === 'NOT_FRONTAL' && eligible.length > 0))
}
