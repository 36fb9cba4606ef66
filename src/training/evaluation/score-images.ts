import type { Engine, EngineOptions } from '../../classify/engine.ts'
import { openEngine } from '../../classify/engines/open-engine.ts'
import type { InputSpec } from '../../classify/manifest.ts'
import type { NetworkOutput } from '../../classify/network-output.ts'
import { toNetworkInputWith } from '../inputs/image-lungs.ts'
import { type ImageSource, readSource } from '../inputs/image-source.ts'
import type { LungsOf } from '../inputs/located-lungs.ts'

const batchSize = 8

/**
 * What the released network says of images, by the way of serving: whole image, square frame, lung box, input, network.
 * @param lungsOf knows every source's lungs
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
 * The same of a network's file, opened for these images alone.
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

/** The network's inputs of images, by the way of serving. */
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
