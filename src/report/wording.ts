import type { Decision, ImageNotAnalysed, ImagePrediction, ModelIdentity } from '../classify/prediction.ts'
import { type Code, codes } from './codes.ts'

/** Stands in every output until a regulator says otherwise. */
export const notForDiagnosticUse = 'Not for diagnostic use'

/** Of a result that takes the place of an earlier one. */
export const supersedesEarlier = 'This supersedes an earlier automatic result of this study.'

/**
 * Of a result whose model was found not fit for use.
 * @param retractedAt ISO 8601 with zone
 */
export function withdrawnSentence(model: NamedModel, retractedAt: string): string {
  return `Withdrawn. ${retractedSentence(model, retractedAt)}`
}

/** The same, where it stands below the word. */
export function retractedSentence({ name, version }: NamedModel, retractedAt: string): string {
  return `The model ${name} ${version} was retracted on ${retractedAt.slice(0, 10)}. Do not use its results.`
}

type NamedModel = Pick<ModelIdentity, 'name' | 'version'>

/** Presence of the finding as a code (CID 240). */
export const presenceCodes: Readonly<Record<Decision, Code>> = {
  present: codes.present,
  absent: codes.absent,
  undetermined: codes.undetermined,
}

/** What a reader should think of the region: a box called pneumonia on a lung without it misleads. */
export function regionName(decision: Decision): string {
  return decision === 'present' ? 'Suspicious lung field' : 'Analysed lung field'
}

/** Why an image has no finding, as a sentence. */
export function reasonSentence({ reason }: ImageNotAnalysed): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}

/** Warnings of one image, in sentences. */
export function warningsOf(image: ImagePrediction): readonly string[] {
  return image.flags.map((flag) => flag.message)
}
