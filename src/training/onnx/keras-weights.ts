import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { weightsUnreadable } from '../errors.ts'

/** One weight of a Keras layer, in Keras layout (convolutions: height, width, in, out). */
export interface KerasTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** Weights by Keras name, for example `res2a_branch2a/kernel`. */
export type KerasWeights = ReadonlyMap<string, KerasTensor>

const layersModel = z.object({
  weightsManifest: z.array(
    z.object({
      paths: z.array(z.string()),
      weights: z.array(
        z.object({ name: z.string(), shape: z.array(z.number().int().positive()), dtype: z.literal('float32') }),
      ),
    }),
  ),
})

/**
 * Reads the weights of a TensorFlow.js layers model. `model.json` lists the tensors; the shards hold them in this
 * order.
 * @throws TRAINING_WEIGHTS_UNREADABLE if the shards are shorter or longer than the tensors
 */
export async function readKerasWeights(dir: string): Promise<KerasWeights> {
  const model = layersModel.parse(JSON.parse(await readFile(join(dir, 'model.json'), 'utf8')))
  const weights = new Map<string, KerasTensor>()
  for (const group of model.weightsManifest) {
    const shards = await Promise.all(group.paths.map((path) => readFile(join(dir, path))))
    const bytes = Uint8Array.from(Buffer.concat(shards))
    let offset = 0
    for (const { name, shape } of group.weights) {
      const length = shape.reduce((product, size) => product * size, 1)
      if (offset + 4 * length > bytes.length) throw weightsUnreadable(`the shards end within ${name}`)
      weights.set(name, { shape, values: new Float32Array(bytes.buffer, offset, length) })
      offset += 4 * length
    }
    if (offset !== bytes.length) throw weightsUnreadable(`${bytes.length - offset} extra bytes after the last tensor`)
  }
  return weights
}

/** @throws TRAINING_WEIGHTS_UNREADABLE if the tensor is missing */
export function tensorOf(weights: KerasWeights, name: string): KerasTensor {
  const tensor = weights.get(name)
  if (tensor === undefined) throw weightsUnreadable(`${name} is missing`)
  return tensor
}
