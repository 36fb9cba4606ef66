import '../without-telemetry.ts'
import { InferenceSession, Tensor, env } from 'onnxruntime-node'
import type { Engine, EngineInfo } from '../engine.ts'
import { outputInvalid } from '../errors.ts'
import type { NetworkOutput } from '../network-output.ts'
import { release } from '../../pixels/release.ts'
import { joinInputs, splitOutputs } from './batch.ts'

/**
 * Starts a session of ONNX Runtime.
 * @param network its file or its bytes; reading the file itself saves ONNX Runtime 90 MB and starts faster
 * @throws the error of ONNX Runtime if the provider cannot start or the bytes are not a network
 */
export async function startOnnxRuntime(
  network: string | Uint8Array,
  provider: Exclude<EngineInfo['provider'], 'tfjs'>,
  threads: number | undefined,
): Promise<Engine> {
  const session = await create(network, {
    executionProviders: [provider],
    logSeverityLevel: 3,
    // Threads spin while they wait within an image, but sleep between images and leave the processor to others.
    extra: { session: { force_spinning_stop: '1' } },
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  })
  const version = env.versions.node ?? env.versions.common
  const imageShape = imageShapeOf(session)
  return {
    info: { name: 'onnxruntime', version, provider, passedOver: [] },
    inputLength: imageShape.reduce((product, size) => product * size, 1),
    run: (inputs) => runBatch(session, imageShape, inputs),
    close: () => session.release(),
  }
}

type ImageShape = readonly [channels: number, height: number, width: number]

async function runBatch(
  session: InferenceSession,
  imageShape: ImageShape,
  inputs: readonly Float32Array[],
): Promise<NetworkOutput[]> {
  if (inputs.length === 0) return []
  const [channels, height, width] = imageShape
  const batch = joinInputs(inputs, channels * height * width)
  const outputs = await session.run({ image: new Tensor('float32', batch, [inputs.length, ...imageShape]) })
  // Stryker disable next-line CallExpression: only the memory is freed later
  release(batch)
  return splitOutputs(inputs.length, (name) => outputs[name]?.data)
}

function imageShapeOf(session: InferenceSession): ImageShape {
  const metadata = session.inputMetadata.find((input) => input.name === 'image')
  if (metadata?.isTensor !== true) throw outputInvalid('image', 'is not an input')
  const [, channels, height, width] = metadata.shape.map(Number)
  return [channels!, height!, width!]
}

/** The library's types do not accept the union. */
function create(network: string | Uint8Array, options: InferenceSession.SessionOptions): Promise<InferenceSession> {
  return typeof network === 'string'
    ? InferenceSession.create(network, options)
    : InferenceSession.create(network, options)
}
