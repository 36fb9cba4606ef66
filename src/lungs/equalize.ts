import type { Plane } from './plane.ts'

const bins = 256

/**
 * Histogram equalisation, the first step of Candemir 2014: makes radiographs of any exposure and display window
 * comparable. Black samples (collimator, padding) stay black and are not counted.
 * @param plane values 0–255
 * @returns values 0–255, uniformly distributed where not black
 */
export function equalize({ side, samples }: Plane): Plane {
  const histogram = new Float64Array(bins)
  for (let i = 0; i < samples.length; i++) histogram[binOf(samples[i]!)]!++
  histogram[0] = 0
  const level = new Float32Array(bins)
  let below = 0
  for (let bin = 0; bin < bins; bin++) {
    // Half of the sample's own bin, so that inverting the image inverts the result.
    level[bin] = below + histogram[bin]! / 2
    below += histogram[bin]!
  }
  const scale = below > 0 ? 255 / below : 0
  const equalized = new Float32Array(samples.length)
  for (let i = 0; i < samples.length; i++) equalized[i] = level[binOf(samples[i]!)]! * scale
  return { side, samples: equalized }
}

function binOf(value: number): number {
  return value <= 0 ? 0 : value >= bins - 1 ? bins - 1 : Math.floor(value)
}
