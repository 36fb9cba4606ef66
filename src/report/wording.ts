import type { Decision, ImageNotAnalysed, ImagePrediction, ModelIdentity } from '../classify/prediction.ts'
import { type Code, codes } from './codes.ts'

/** Part of every output until a regulator decides otherwise. */
export const notForDiagnosticUse = 'Not for diagnostic use'

/** For a result that supersedes an earlier one. */
export const supersedesEarlier = 'This result supersedes an earlier automatic result for this study.'

/** For bacterial and viral, which are likelihoods only. */
export const kindsAreUnreliable = 'Chest radiographs cannot reliably distinguish bacterial from viral pneumonia.'

/** For a study whose images have different decisions. */
export const imagesDiffer =
  'The images of this study give different findings. The most suspicious image determines the study finding.'

/** Names a model. Without the word "model", "result of pneumonia 1.0.1" would read as a diagnosis. */
export function modelNamed({ name, version }: Pick<ModelIdentity, 'name' | 'version'>): string {
  return `the model ${name} ${version}`
}

/** The decision as a presence code (CID 240). */
export const presenceCodes: Readonly<Record<Decision, Code>> = {
  present: codes.present,
  absent: codes.absent,
  undetermined: codes.undetermined,
}

/** Name of the region: the area that was analysed. It does not localise the finding. */
export function regionName({ lungs }: ImagePrediction): string {
  return lungs.kind === 'found' ? 'Analysed lung fields' : 'Whole image analysed'
}

/** The reason why an image has no finding, as a sentence. */
export function reasonSentence({ reason }: ImageNotAnalysed): string {
  return /[.!?]$/.test(reason) ? reason : `${reason}.`
}

/** The warnings of one image, as sentences. */
export function warningsOf(image: ImagePrediction): readonly string[] {
  return image.flags.map((flag) => flag.message)
}
