import '../../classify/without-telemetry.ts'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Trunk } from '../network/trunk-weights.ts'
import { type ObservedTrunk, encodeObserved } from './observed-trunk.ts'
import type { ValueRange } from './quantize-values.ts'
import type { ValueRanges } from './graph-maps.ts'
import { ValueHistogram } from './value-histogram.ts'

/**
 * Runs a trunk on network inputs and chooses the 8-bit range of each layer's feature maps.
 * @param inputs inputs of training images as `toNetworkInput` makes them; the ranges become part of the network
 * @param side side of the input in samples
 */
export async function measureRanges(trunk: Trunk, inputs: readonly Float32Array[], side: number): Promise<ValueRanges> {
  const observed = await encodeObserved(trunk, side)
  const session = await InferenceSession.create(observed.file, { logSeverityLevel: 3 })
  try {
    const look = (see: (layer: string, values: Float32Array) => void) => observe(session, observed, inputs, side, see)
    const extremes = new Map<string, ValueRange>()
    await look((layer, values) => extremes.set(layer, widened(extremes.get(layer), values)))
    const histograms = new Map([...extremes].map(([layer, range]) => [layer, new ValueHistogram(range)]))
    await look((layer, values) => {
      histograms.get(layer)!.count(values)
    })
    return new Map([...histograms].map(([layer, histogram]) => [layer, histogram.bestRange()]))
  } finally {
    await session.release()
  }
}

/** Visits the feature maps of every image. Images run one at a time to limit memory. */
async function observe(
  session: InferenceSession,
  { outputs }: ObservedTrunk,
  inputs: readonly Float32Array[],
  side: number,
  see: (layer: string, values: Float32Array) => void,
): Promise<void> {
  for (const input of inputs) {
    const maps = await session.run({ image: new Tensor('float32', input, [1, 3, side, side]) })
    for (const [layer, output] of outputs) see(layer, maps[output]!.data as Float32Array)
  }
}

/** Smallest upper end of a range, so that an all-zero map has a non-empty range. */
const leastRange = 1e-3

/** Widens a range to include the values. It always includes 0. */
function widened({ min, max }: ValueRange = { min: 0, max: leastRange }, values: Float32Array): ValueRange {
  let [lowest, highest] = [min, max]
  for (const value of values) {
    if (value < lowest) lowest = value
    if (value > highest) highest = value
  }
  return { min: lowest, max: highest }
}
