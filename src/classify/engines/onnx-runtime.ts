import '../without-telemetry.ts'
import { InferenceSession, Tensor, env } from 'onnxruntime-node'
import type { Engine, EngineInfo } from '../engine.ts'
import { outputInvalid } from '../errors.ts'
import type { NetworkOutput } from '../network-output.ts'
import { joinInputs, splitOutputs } from './batch.ts'

/**
 * Starts a session of ONNX Runtime.
 * @param bytes of the network's file
 * @throws what ONNX Runtime says where the provider cannot start or the bytes are no network
 */
export async function startOnnxRuntime(
  bytes: Uint8Array,
  provider: Exclude<EngineInfo['provider'], 'tfjs'>,
  threads: number | undefined,
): Promise<Engine> {
  const session = await InferenceSession.create(bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3,
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
  return splitOutputs(inputs.length, (name) => outputs[name]?.data)
}

function imageShapeOf(session: InferenceSession): ImageShape {
  const metadata = session.inputMetadata.find((input) => input.name === 'image')
  if (metadata?.isTensor !== true) throw outputInvalid('image', 'is not its input')
  const [, channels, height, width] = metadata.shape.map(Number)
  return [channels!, height!, width!]
}
