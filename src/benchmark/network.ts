import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { Engine } from '../classify/engine.ts'
import { seededRandom } from '../training/data/random.ts'
import { type StepSpeed, round, timeRepeats } from './speed.ts'

/** The network alone, on a prepared input. */
export interface NetworkSpeed {
  /** Through our engine, one image at a time. */
  readonly engine: StepSpeed
  /** The same file in a bare ONNX Runtime session on the CPU with the same number of threads. */
  readonly bareOnnxRuntime: StepSpeed
  /** Median of `engine` divided by the median of `bareOnnxRuntime`, measured directly after it. */
  readonly ratioToBare: number
  readonly imagesPerSecondByBatch: Readonly<Record<number, number>>
}

const batchSizes = [1, 8, 32]
const inputSize = 224

export async function measureNetwork(
  engine: Engine,
  modelFile: string,
  { repeats, threads }: { repeats: number; threads: number },
): Promise<NetworkSpeed> {
  const random = seededRandom(1)
  const input = Float32Array.from({ length: 3 * inputSize ** 2 }, () => 255 * random() - 118)
  const bare = await InferenceSession.create(modelFile, { executionProviders: ['cpu'], intraOpNumThreads: threads })
  try {
    const image = new Tensor('float32', input, [1, 3, inputSize, inputSize])
    const [ours, theirs] = [
      await timeRepeats(repeats, () => engine.run([input])),
      await timeRepeats(repeats, () => bare.run({ image })),
    ]
    const byBatch: Record<number, number> = {}
    for (const size of batchSizes) {
      const batch = Array.from({ length: size }, () => input)
      const { medianMs } = await timeRepeats(Math.min(repeats, Math.max(3, Math.floor(repeats / size))), () =>
        engine.run(batch),
      )
      byBatch[size] = round((1000 * size) / medianMs)
    }
    return {
      engine: ours,
      bareOnnxRuntime: theirs,
      ratioToBare: Math.round((100 * ours.medianMs) / theirs.medianMs) / 100,
      imagesPerSecondByBatch: byBatch,
    }
  } finally {
    await bare.release()
  }
}
