import type { Decision, ImageNotAnalysed, ImagePrediction, ModelIdentity } from '../classify/prediction.ts'
import { type Code, codes } from './codes.ts'

/** Part of every output until a regulator decides otherwise. */
export const notForDiagnosticUse = 'Not for diagnostic use'

/** For a result that supersedes an earlier one. */
export const supersedesEarlier = 'This supersedes an earlier automatic result of this study.'

/**
 * For a result whose model was found unfit for use.
 * @param retractedAt ISO 8601 with zone
 */
export function withdrawnSentence(model: NamedModel, retractedAt: string): string {
  return `Withdrawn. ${retractedSentence(model, retractedAt)}`
}

/** The same, for use below the word "Withdrawn". */
export function retractedSentence({ name, version }: NamedModel, retractedAt: string): string {
  return `The model ${name} ${version} was retracted on ${retractedAt.slice(0, 10)}. Do not use its results.`
}

type NamedModel = Pick<ModelIdentity, 'name' | 'version'>

/** The decision as a presence code (CID 240). */
export const presenceCodes: Readonly<Record<Decision, Code>> = {
  present: codes.present,
  absent: codes.absent,
  undetermined: codes.undetermined,
}

/** Name of the region. A box named pneumonia on a lung without it would mislead. */
export function regionName(decision: Decision): string {
  return decision === 'present' ? 'Suspicious lung field' : 'Analysed lung field'
}

/** The reason why an image has no finding, as a sentence. */
export function reasonSentence({ reason }: ImageNotAnalysed): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}

/** The warnings of one image, as sentences. */
export function warningsOf(image: ImagePrediction): readonly string[] {
  return image.flags.map((flag) => flag.message)
}
