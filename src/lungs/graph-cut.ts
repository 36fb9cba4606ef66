import { forwardSteps, directions, minimumCut } from './minimum-cut.ts'
import type { Plane } from './plane.ts'

/** Weights of the energy other than the data term, in the same unit (natural log odds). Tuned on training masks. */
export interface CutSettings {
  /** Cost of a boundary between two samples of the same gray. */
  readonly contrastCost: number
  /** Cost of any boundary. */
  readonly lengthCost: number
  /** Difference of equalised gray levels (0–255) at which `contrastCost` falls to 0.6 of its value. */
  readonly contrastSigma: number
}

/** Integer capacity units per unit of energy. */
const resolution = 1000
/** Limit of a sample's absolute log odds, so that its neighbours can outvote it. */
const surestLogOdds = 6

/**
 * The labelling with the lowest energy (Boykov & Jolly 2001; Candemir 2014, section II-D): log odds of the data term
 * plus boundaries, which are cheap where the gray level changes.
 * @param lungProbability 0–1
 * @param seen equalised radiograph on the same grid, 0–255
 * @returns 1 lung, 0 not
 */
export function cutLungs(
  lungProbability: Plane,
  seen: Plane,
  { contrastCost, lengthCost, contrastSigma }: CutSettings,
): Uint8Array<ArrayBuffer> {
  const { side, samples } = lungProbability
  const count = samples.length
  const edges = new Int32Array(directions * count)
  for (const { direction, x, y } of forwardSteps) {
    const length = Math.hypot(x, y)
    for (let row = Math.max(0, -y); row < side - Math.max(0, y); row++) {
      for (let column = Math.max(0, -x); column < side - Math.max(0, x); column++) {
        const sample = row * side + column
        const other = sample + y * side + x
        const step = (seen.samples[sample]! - seen.samples[other]!) / contrastSigma
        const cost = (lengthCost + contrastCost * Math.exp(-0.5 * step * step)) / length
        const capacity = Math.round(resolution * cost)
        edges[direction * count + sample] = capacity
        edges[(direction ^ 1) * count + other] = capacity
      }
    }
  }
  return minimumCut({ side, terminal: terminalCapacities(samples), edges })
}

function terminalCapacities(probabilities: Float32Array): Int32Array {
  const terminal = new Int32Array(probabilities.length)
  for (let i = 0; i < terminal.length; i++) {
    const logOdds = Math.log(probabilities[i]! / (1 - probabilities[i]!))
    terminal[i] = Math.round(resolution * Math.min(Math.max(logOdds, -surestLogOdds), surestLogOdds))
  }
  return terminal
}
