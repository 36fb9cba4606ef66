import '../../classify/without-telemetry.ts'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { loadImageNetWeights } from '../export/imagenet-weights.ts'
import { encodeTrunk } from '../export/network.ts'
import { imageNetTrunk } from '../network/trunk-weights.ts'

/** The frozen trunk: network inputs to features. */
export interface Trunk {
  /** Lower-case hex SHA-256 of its file. */
  readonly sha256: string
  /** @param inputs each as `toNetworkInput` makes them, 3 x 224 x 224 */
  run(inputs: readonly Float32Array[]): Promise<Float32Array[]>
  close(): Promise<void>
}

/** Of ResNet-50. */
export const featureCount = 2048

const inputShape = [3, 224, 224] as const
const inputLength = inputShape[0] * inputShape[1] * inputShape[2]

/** Opens the ImageNet trunk, made once into the cache. */
export async function openTrunk(cacheDir: string): Promise<Trunk> {
  const bytes = await trunkFile(cacheDir)
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    // A thread that spins while it waits takes the core from the images being read for the next batch.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    run: (inputs) => runTrunk(session, inputs),
    close: () => session.release(),
  }
}

async function trunkFile(cacheDir: string): Promise<Uint8Array> {
  const file = join(cacheDir, 'resnet50-features-1.onnx')
  try {
    return await readFile(file)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ENOENT')) throw error
  }
  await mkdir(cacheDir, { recursive: true })
  const bytes = await encodeTrunk(imageNetTrunk(await loadImageNetWeights(cacheDir)), inputShape[1])
  await writeFile(`${file}.part`, bytes)
  await rename(`${file}.part`, file)
  return bytes
}

async function runTrunk(session: InferenceSession, inputs: readonly Float32Array[]): Promise<Float32Array[]> {
  const batch = new Float32Array(inputs.length * inputLength)
  for (const [index, input] of inputs.entries()) batch.set(input, index * inputLength)
  const { features } = await session.run({ image: new Tensor('float32', batch, [inputs.length, ...inputShape]) })
  const values = features!.data as Float32Array
  return inputs.map((_, index) => Float32Array.from(values.subarray(index * featureCount, (index + 1) * featureCount)))
}
