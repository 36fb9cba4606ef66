import './without-telemetry.ts'
import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { InferenceSession, Tensor, env } from 'onnxruntime-node'
import { inputInvalid, networkChanged, networkUnreadable, outputInvalid } from './errors.ts'
import type { NetworkOutput } from './network-output.ts'

/** Execution providers of ONNX Runtime. `auto` takes the CPU, which is everywhere. */
export type EngineProvider = 'auto' | 'cpu' | 'webgpu' | 'cuda' | 'tensorrt'

export interface EngineInfo {
  readonly name: 'onnxruntime'
  readonly version: string
  /** What computes now. */
  readonly provider: Exclude<EngineProvider, 'auto'>
  /** What was asked for and could not start, with the reason; the CPU took over. */
  readonly fallbackFrom?: { readonly provider: EngineProvider; readonly reason: string }
}

/** A resident network. */
export interface Engine {
  readonly info: EngineInfo
  /**
   * Computes a batch.
   * @param inputs each as `toNetworkInput` makes them
   * @throws CLASSIFY_INPUT_INVALID, CLASSIFY_OUTPUT_INVALID
   */
  run(inputs: readonly Float32Array[]): Promise<NetworkOutput[]>
  close(): Promise<void>
}

export interface EngineOptions {
  readonly modelFile: string
  /** Of the file, from the model's manifest; the session is made from those very bytes. */
  readonly sha256: string
  readonly provider: EngineProvider
  /** CPU threads; ONNX Runtime's own choice when absent. */
  readonly threads?: number
}

/**
 * Opens a network for the life of the process.
 * @throws CLASSIFY_NETWORK_CHECKSUM_MISMATCH before any session is made, CLASSIFY_NETWORK_UNREADABLE
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  const bytes = await readNetwork(options.modelFile)
  if (createHash('sha256').update(bytes).digest('hex') !== options.sha256) throw networkChanged(options.modelFile)
  const { session, provider, fallbackFrom } = await createSession(bytes, options)
  const version = env.versions.node ?? env.versions.common
  const info = { name: 'onnxruntime' as const, version, provider, ...(fallbackFrom && { fallbackFrom }) }
  return { info, run: (inputs) => runBatch(session, inputs), close: () => session.release() }
}

async function readNetwork(file: string): Promise<Buffer> {
  try {
    return await readFile(file)
  } catch (error) {
    throw networkUnreadable(file, describe(error))
  }
}

interface StartedSession {
  readonly session: InferenceSession
  readonly provider: EngineInfo['provider']
  readonly fallbackFrom?: NonNullable<EngineInfo['fallbackFrom']>
}

async function createSession(bytes: Uint8Array, options: EngineOptions): Promise<StartedSession> {
  const wanted = options.provider === 'auto' ? 'cpu' : options.provider
  try {
    return { session: await startSession(bytes, wanted, options.threads), provider: wanted }
  } catch (error) {
    if (wanted === 'cpu') throw networkUnreadable(options.modelFile, describe(error))
    const fallbackFrom = { provider: wanted, reason: describe(error) }
    try {
      return { session: await startSession(bytes, 'cpu', options.threads), provider: 'cpu', fallbackFrom }
    } catch (cpuError) {
      throw networkUnreadable(options.modelFile, describe(cpuError))
    }
  }
}

function startSession(bytes: Uint8Array, provider: string, threads: number | undefined): Promise<InferenceSession> {
  return InferenceSession.create(bytes, {
    executionProviders: [provider],
    logSeverityLevel: 3,
    ...(threads !== undefined && { intraOpNumThreads: threads }),
  })
}

async function runBatch(session: InferenceSession, inputs: readonly Float32Array[]): Promise<NetworkOutput[]> {
  if (inputs.length === 0) return []
  const [, channels, height, width] = inputShape(session)
  const size = channels * height * width
  const batch = new Float32Array(inputs.length * size)
  for (const [index, input] of inputs.entries()) {
    if (input.length !== size) throw inputInvalid(size, input.length)
    batch.set(input, index * size)
  }
  const image = new Tensor('float32', batch, [inputs.length, channels, height, width])
  const outputs = await session.run({ image })
  const logits = rows(outputs, 'pneumonia_logit', inputs.length)
  const maps = rows(outputs, 'activation_map', inputs.length)
  const subtypes = rows(outputs, 'subtype_probabilities', inputs.length)
  const features = rows(outputs, 'features', inputs.length)
  return inputs.map((_, index) => {
    const [normal, viral, bacterial] = subtypes[index]! as unknown as [number, number, number]
    return {
      pneumoniaLogit: logits[index]![0]!,
      activationMap: maps[index]!,
      activationSide: Math.sqrt(maps[index]!.length),
      subtype: { normal, viral, bacterial },
      features: features[index]!,
    }
  })
}

function inputShape(session: InferenceSession): [number, number, number, number] {
  const metadata = session.inputMetadata.find((input) => input.name === 'image')
  if (metadata?.isTensor !== true) throw outputInvalid('image', 'is not its input')
  return metadata.shape.map(Number) as [number, number, number, number]
}

/** Splits a batch of outputs into one array an image, each a copy of its own. */
function rows(outputs: InferenceSession.ReturnType, name: string, count: number): Float32Array<ArrayBuffer>[] {
  const data = outputs[name]?.data
  if (!(data instanceof Float32Array)) throw outputInvalid(name, 'is missing or not float32')
  const length = data.length / count
  return Array.from({ length: count }, (_, index) =>
    Float32Array.from(data.subarray(index * length, (index + 1) * length)),
  )
}

function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
