import type { Engine, EngineOptions } from '../../classify/engine.ts'
import { openEngine } from '../../classify/engines/open-engine.ts'
import type { InputSpec } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { toNetworkInputWith } from '../inputs/image-lungs.ts'
import { type ImageSource, readSource } from '../inputs/image-source.ts'
import type { LungsOf } from '../inputs/located-lungs.ts'

const batchSize = 8

/**
 * Runs the network on images through the serving pipeline: whole image, square frame, lung box, network input, network.
 * @param lungsOf returns the lungs of every source
 */
async function runOnImages(
  sources: readonly ImageSource[],
  lungsOf: LungsOf,
  spec: InputSpec,
  engine: Engine,
): Promise<NetworkOutput[]> {
  const outputs: NetworkOutput[] = []
  for (let start = 0; start < sources.length; start += batchSize) {
    const batch = sources.slice(start, start + batchSize)
    outputs.push(...(await engine.run(await prepareAll(batch, lungsOf, spec))))
  }
  return outputs
}

/**
 * Like `runOnImages`, for a network file that is opened and closed here.
 * @throws CLASSIFY_NETWORK_CHECKSUM_MISMATCH, CLASSIFY_NETWORK_UNREADABLE
 */
export async function runFileOnImages(
  file: EngineOptions,
  sources: readonly ImageSource[],
  lungsOf: LungsOf,
  spec: InputSpec,
): Promise<NetworkOutput[]> {
  const engine = await openEngine(file)
  try {
    return await runOnImages(sources, lungsOf, spec, engine)
  } finally {
    await engine.close()
  }
}

/** Makes the network inputs of images through the serving pipeline. */
export function prepareAll(
  sources: readonly ImageSource[],
  lungsOf: LungsOf,
  spec: InputSpec,
): Promise<Float32Array[]> {
  return Promise.all(sources.map((source) => prepare(source, lungsOf, spec)))
}

async function prepare(source: ImageSource, lungsOf: LungsOf, spec: InputSpec): Promise<Float32Array> {
  return toNetworkInputWith(lungsOf(source), await readSource(source), spec)
}
