import { readOnnx } from '../../classify/engines/onnx-file.ts'
import { networkUnfit } from '../errors.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import type { DenseWeights, NetworkFile, NetworkHeads } from './network.ts'

/**
 * Reads a network that `encodeNetwork` wrote in float32.
 * @throws TRAINING_NETWORK_UNFIT if the bytes are not such a network
 */
export async function readNetwork(bytes: Uint8Array): Promise<Omit<NetworkFile, 'version'>> {
  try {
    const { weights, inputs } = await readOnnx(bytes)
    return { trunk: readTrunk(weights), heads: readHeads(weights), side: inputs.get('image')![1]! }
  } catch (error) {
    throw networkUnfit(error instanceof Error ? error.message : String(error))
  }
}

type Weights = Awaited<ReturnType<typeof readOnnx>>['weights']

function readTrunk(weights: Weights): Trunk {
  const trunk = new Map<string, { readonly shape: readonly number[]; readonly values: Float32Array }>()
  const blocks: number[] = []
  for (const [stored, tensor] of weights) {
    // Kernels are stored in half precision, with `.float16` after their name.
    const name = stored.replace(/\.float16$/, '')
    const block = /^res(\d)([a-z])_/.exec(name)
    if (block === null && !name.startsWith('conv1.')) continue
    trunk.set(name, tensor)
    if (block !== null) {
      const stage = Number(block[1]) - 2
      blocks[stage] = Math.max(blocks[stage] ?? 0, block[2]!.charCodeAt(0) - 'a'.charCodeAt(0) + 1)
    }
  }
  if (blocks.length === 0) throw new Error('it has no residual blocks')
  return { blocks, weights: trunk }
}

function readHeads(weights: Weights): NetworkHeads {
  const pneumonia = weights.get('pneumonia.kernel')
  if (pneumonia === undefined) throw new Error('it has no stage-one head')
  const subtype: DenseWeights[] = []
  for (let layer = 1; weights.has(`subtype.${layer}.weights`); layer++) {
    const { shape, values } = weights.get(`subtype.${layer}.weights`)!
    subtype.push(dense(shape[0]!, values, weights.get(`subtype.${layer}.bias`)!.values))
  }
  return {
    pneumonia: dense(pneumonia.shape[1]!, pneumonia.values, weights.get('pneumonia.bias')!.values),
    subtype,
  }
}

function dense(inputs: number, weights: Float32Array, bias: Float32Array): DenseWeights {
  return { inputs, outputs: bias.length, weights, bias }
}
