import { calibratedProbability } from './calibration.ts'
import { outputInvalid } from './errors.ts'
import type { ModelManifest } from './manifest.ts'
import type { NetworkOutput } from './network-output.ts'
import type { ActivationMap, Decision, Probabilities, Thresholds } from './prediction.ts'

/** The meaning of the network's output. */
export interface Finding {
  readonly probabilities: Probabilities
  readonly decision: Decision
  readonly activation: ActivationMap
}

/**
 * Calibrates the network's output and decides by a pair of thresholds.
 * @param thresholds the operating points in force: the manifest's or the site's
 * @throws CLASSIFY_OUTPUT_INVALID if a number is not finite; no probability is made up
 */
export function interpret(
  output: NetworkOutput,
  manifest: Pick<ModelManifest, 'calibration' | 'activation'>,
  thresholds: Thresholds,
): Finding {
  requireFinite('pneumonia_logit', [output.pneumoniaLogit])
  requireFinite('subtype_probabilities', Object.values(output.subtype))
  requireFinite('activation_map', output.activationMap)
  const pneumonia = calibratedProbability(output.pneumoniaLogit, manifest.calibration)
  return {
    probabilities: sharePneumonia(pneumonia, output.subtype),
    decision: decide(pneumonia, thresholds),
    activation: scaleActivation(output, manifest.activation.fullScale),
  }
}

/** Present from the upper threshold, absent below the lower one, undetermined between. */
export function decide(pneumonia: number, thresholds: Thresholds): Decision {
  if (pneumonia >= thresholds.present) return 'present'
  return pneumonia < thresholds.absent ? 'absent' : 'undetermined'
}

/** Splits stage one's probability of pneumonia between stage two's kinds; stage two's own "normal" is ignored. */
function sharePneumonia(pneumonia: number, { viral, bacterial }: NetworkOutput['subtype']): Probabilities {
  const kinds = viral + bacterial
  const bacterialShare = kinds > 0 ? bacterial / kinds : 0.5
  const bacterialProbability = pneumonia * bacterialShare
  return {
    pneumonia,
    normal: 1 - pneumonia,
    bacterial: bacterialProbability,
    viral: pneumonia - bacterialProbability,
  }
}

/**
 * Evidence against pneumonia is not drawn. The strongest location is drawn as 1 only if it reaches `fullScale` logits,
 * so an unsuspicious image stays pale instead of highlighting its least healthy spot as if it were a finding.
 */
function scaleActivation({ activationMap, activationSide }: NetworkOutput, fullScale: number): ActivationMap {
  const top = activationMap.reduce((highest, value) => Math.max(highest, value), fullScale)
  return {
    width: activationSide,
    height: activationSide,
    samples: activationMap.map((value) => Math.max(0, value) / top),
  }
}

function requireFinite(name: string, values: Iterable<number>): void {
  for (const value of values) {
    if (!Number.isFinite(value)) throw outputInvalid(name, 'is not a finite number')
  }
}
