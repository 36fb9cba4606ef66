import { createHash } from 'node:crypto'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { ModelManifest } from '../../../src/classify/manifest.ts'
import { modelDir } from '../../../src/analyse/model-folder.ts'
import { type DenseWeights, encodeNetwork } from '../../../src/training/onnx/network.ts'
import { reducedTrunk } from '../../../src/training/network/trunk-weights.ts'
import { seededRandom } from '../../../src/training/data/random.ts'

/** Side of the reduced network's input. */
export const reducedSide = 64

/**
 * A network with the released one's architecture and operators but fewer, random weights. They are large enough that
 * images get different outputs.
 */
export function reducedNetwork(): Promise<Uint8Array> {
  const random = seededRandom(21)
  const layer = (inputs: number, outputs: number): DenseWeights => ({
    inputs,
    outputs,
    weights: Float32Array.from({ length: inputs * outputs }, () => random() - 0.5),
    bias: Float32Array.from({ length: outputs }, () => random() - 0.5),
  })
  const trunk = reducedTrunk(random)
  const features = trunk.weights.get('res5a_branch2c.bias')!.values.length
  return encodeNetwork({
    trunk,
    heads: { pneumonia: layer(features, 1), subtype: [layer(features, 8), layer(8, 4), layer(4, 3)] },
    version: '0.0.1',
    side: reducedSide,
  })
}

/** Writes a model folder with this network that is otherwise like the released model's. */
export async function writeReducedModel(dir: string): Promise<void> {
  const bytes = await reducedNetwork()
  const released = await readFile(join(modelDir('pneumonia/1.0.1'), 'manifest.json'), 'utf8')
  const manifest: ModelManifest = {
    ...(JSON.parse(released) as ModelManifest),
    name: 'reduced',
    version: '0.0.1',
    network: { file: 'network.onnx', sha256: createHash('sha256').update(bytes).digest('hex') },
    inputSize: { width: reducedSide, height: reducedSide },
  }
  await writeFile(join(dir, 'network.onnx'), bytes)
  await writeFile(join(dir, 'manifest.json'), JSON.stringify(manifest))
}
