import '../../classify/without-telemetry.ts'
import { createHash } from 'node:crypto'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { encodeTrunk } from '../onnx/network.ts'
import { type Trunk, featuresOf } from '../network/trunk-weights.ts'

/** An open trunk: computes features from network inputs. */
export interface TrunkSession {
  /** Lower-case hex SHA-256 of its ONNX file. */
  readonly sha256: string
  /** Values per image. */
  readonly features: number
  /** @param inputs outputs of `toNetworkInput`, of the side that the trunk was opened for */
  run(inputs: readonly Float32Array[]): Promise<Float32Array[]>
  close(): Promise<void>
}

/** Opens a trunk for inputs of the given side. */
export async function openTrunk(trunk: Trunk, side: number): Promise<TrunkSession> {
  const bytes = await encodeTrunk(trunk, side)
  const session = await InferenceSession.create(bytes, {
    logSeverityLevel: 3,
    // No spinning: the threads would compete for cores with reading the next batch of images.
    extra: { session: { intra_op: { allow_spinning: '0' } } },
  })
  return {
    sha256: createHash('sha256').update(bytes).digest('hex'),
    features: featuresOf(trunk),
    run: (inputs) => runTrunk(session, inputs, side),
    close: () => session.release(),
  }
}

async function runTrunk(
  session: InferenceSession,
  inputs: readonly Float32Array[],
  side: number,
): Promise<Float32Array[]> {
  const length = 3 * side * side
  const batch = new Float32Array(inputs.length * length)
  for (const [index, input] of inputs.entries()) batch.set(input, index * length)
  const { features } = await session.run({ image: new Tensor('float32', batch, [inputs.length, 3, side, side]) })
  const values = features!.data as Float32Array
  const count = values.length / inputs.length
  return inputs.map((_, index) => Float32Array.from(values.subarray(index * count, (index + 1) * count)))
}
