import type { ImagePrediction, Thresholds } from '../classify/prediction.ts'
import { type Code, codes, probabilityNamed } from './codes.ts'
import { percent } from './percent.ts'

/** A probability with a machine-readable code and a human-readable name. */
interface NamedProbability {
  readonly code: Code
  readonly name: string
  /** 0–100. */
  readonly percent: number
}

/** The probabilities of an image. The likelihoods of the kinds have no meaning unless pneumonia is present. */
export function namedProbabilities({ decision, probabilities }: ImagePrediction): readonly NamedProbability[] {
  const { pneumonia, bacterial, viral } = probabilities
  const probability = {
    code: probabilityNamed('Probability'),
    name: 'Pneumonia probability',
    percent: percent(pneumonia),
  }
  if (decision !== 'present') return [probability]
  return [
    probability,
    { code: codes.bacterialPneumonia, name: likelihoodOf('Bacterial'), percent: percent(bacterial) },
    { code: codes.viralPneumonia, name: likelihoodOf('Viral'), percent: percent(viral) },
  ]
}

/** The thresholds for a probability. */
export function operatingPoints({ present, absent }: Thresholds): string {
  return `Thresholds: present at or above ${percent(present)} %, absent below ${percent(absent)} %.`
}

function likelihoodOf(kind: string): string {
  return `${kind} likelihood (weak evidence: chest radiographs cannot reliably distinguish bacterial from viral)`
}
