import type { ImagePrediction, Prediction } from '../classify/prediction.ts'
import { percent } from './percent.ts'
import {
  imagesDiffer,
  kindsAreUnreliable,
  modelNamed,
  notForDiagnosticUse,
  reasonSentence,
  supersedesEarlier,
  warningsOf,
} from './wording.ts'

/** States the limits of a decision, to prevent overinterpretation. */
export function decisionNote({ decision, lungs }: ImagePrediction): string | undefined {
  switch (decision) {
    case 'present':
      return undefined
    case 'absent':
      return 'The probability is below the lower threshold. Only pneumonia was assessed.'
    case 'undetermined':
      return lungs.kind === 'found'
        ? 'The probability is between the two thresholds.'
        : 'No call: the lungs were not located.'
  }
}

/** The finding on a study in a few sentences. */
export function conclusion(prediction: Prediction): string {
  const finding = prediction.kind === 'analysed' ? analysedSentences(prediction) : []
  const superseding = prediction.supersedes === undefined ? [] : [supersedesEarlier]
  return [...finding, ...notAnalysedSentences(prediction), ...superseding, `${notForDiagnosticUse}.`].join(' ')
}

function analysedSentences(prediction: Extract<Prediction, { kind: 'analysed' }>): readonly string[] {
  const { images, decision, model, imagesDisagree } = prediction
  const note = decisionNote(images[0])
  return [
    `Pneumonia: ${decision} (probability ${percent(images[0].probabilities.pneumonia)} %).`,
    ...(decision === 'present' ? [kindsSentence(images[0])] : []),
    ...(note === undefined ? [] : [note]),
    ...(imagesDisagree ? [imagesDiffer] : []),
    ...new Set(images.flatMap(warningsOf)),
    `Automatic result of ${modelNamed(model)}, not verified by a physician.`,
  ]
}

function kindsSentence({ probabilities: { bacterial, viral } }: ImagePrediction): string {
  const likelihoods = `Bacterial likelihood ${percent(bacterial)} %, viral likelihood ${percent(viral)} %`
  return `${likelihoods} (weak evidence). ${kindsAreUnreliable}`
}

function notAnalysedSentences({ kind, notAnalysed }: Prediction): readonly string[] {
  const reasons = [...new Set(notAnalysed.map(reasonSentence))]
  if (reasons.length === 0) return []
  const count = notAnalysed.length === 1 ? 'One image was' : `${notAnalysed.length} images were`
  return [`${kind === 'analysed' ? `${count} not analysed` : 'Not analysed'}: ${reasons.join(' ')}`]
}
