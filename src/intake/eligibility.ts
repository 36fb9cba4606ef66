import type { DicomDataset } from '../pixels/dataset.ts'
import { type ImageHeader, readImageHeader } from './image-header.ts'
import { ageRule } from './patient-age.ts'
import { type EligibilityRules, type Rule, passes, refuses } from './rule.ts'
import type { EligibleImage, ImageFlag } from './study.ts'
import { bodyPartRule, viewRule } from './view-and-body-part.ts'

/** An image that is not taken. `candidate`: a chest radiograph that people expect an answer for, so its refusal is reported. */
export interface RefusedImage {
  readonly kind: 'refused'
  readonly header: ImageHeader
  readonly dataset: DicomDataset
  readonly candidate: boolean
  readonly code: string
  readonly reason: string
}

export type Eligibility = { readonly kind: 'eligible'; readonly image: EligibleImage } | RefusedImage

/** Settings to rules. */
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

const radiographyModalities = new Set(['CR', 'DX', 'RG', 'DR'])

const sopClassNames = new Map([
  ['1.2.840.10008.5.1.4.1.1.1', 'presentation'],
  ['1.2.840.10008.5.1.4.1.1.1.1', 'presentation'],
  ['1.2.840.10008.5.1.4.1.1.1.1.1', 'processing'],
])

const modalityRule: Rule = ({ modality }) =>
  radiographyModalities.has(modality.toUpperCase())
    ? passes
    : refuses('NOT_RADIOGRAPHY', `Modality is ${modality === '' ? 'missing' : modality}, not CR or DX`)

const sopClassRule: Rule = ({ sopClassUid }) => {
  const intent = sopClassNames.get(sopClassUid)
  if (intent === undefined)
    return refuses('NOT_RADIOGRAPH_SOP_CLASS', 'SOP Class is no computed or digital X-ray image')
  return intent === 'presentation'
    ? passes
    : refuses('FOR_PROCESSING', 'the image is for processing, not for presentation')
}

const presentationRule: Rule = ({ presentationIntentType }) =>
  presentationIntentType?.toUpperCase() === 'FOR PROCESSING'
    ? refuses('FOR_PROCESSING', 'the image is for processing, not for presentation')
    : passes

const frameRule: Rule = ({ numberOfFrames }) =>
  numberOfFrames === 1 ? passes : refuses('MULTI_FRAME', `the object has ${numberOfFrames} frames`)

const burnedInRule: Rule = ({ burnedInAnnotation }) =>
  burnedInAnnotation?.toUpperCase() === 'YES'
    ? { kind: 'flags', flag: { code: 'burned-in-annotation', message: 'Text is burned into the image.' } }
    : passes

/** In this order: what the object is, then what it shows, then whom. The first refusal is the reason. */
const table: readonly Rule[] = [
  modalityRule,
  sopClassRule,
  presentationRule,
  frameRule,
  bodyPartRule,
  viewRule,
  ageRule,
  burnedInRule,
]

/**
 * Whether an image is a frontal chest radiograph of a child, and why not (standards.md, Which image counts).
 * @throws INTAKE_HEADER_INCOMPLETE
 */
export function assessImage(dataset: DicomDataset, rules: EligibilityRules): Eligibility {
  const header = readImageHeader(dataset)
  const flags: ImageFlag[] = []
  for (const rule of table) {
    const verdict = rule(header, rules)
    if (verdict.kind === 'refuses') {
      const candidate = verdict.candidate && !flags.some((flag) => flag.code === 'body-part-unknown')
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

/** All images of a study; an instance that was sent twice counts once. */
export function assessStudy(
  datasets: readonly DicomDataset[],
  rules: EligibilityRules,
): { readonly eligible: readonly EligibleImage[]; readonly refused: readonly RefusedImage[] } {
  const latest = new Map<string, Eligibility>()
  for (const dataset of datasets) {
    const assessment = assessImage(dataset, rules)
    const { header } = assessment.kind === 'eligible' ? assessment.image : assessment
    latest.set(header.sopInstanceUid, assessment)
  }
  const all = [...latest.values()]
  return {
    eligible: all.filter((one) => one.kind === 'eligible').map((one) => one.image),
    refused: all.filter((one) => one.kind === 'refused'),
  }
}
