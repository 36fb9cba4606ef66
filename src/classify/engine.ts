import type { ModelManifest } from './manifest.ts'
import type { NetworkOutput } from './network-output.ts'

/**
 * What can run the network: an execution provider of ONNX Runtime, or TensorFlow.js. `auto` uses a graphics processor
 * if it reproduces the CPU's results faster than the CPU does, and the CPU otherwise.
 */
export const engineProviders = ['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt', 'tfjs'] as const

export type EngineProvider = (typeof engineProviders)[number]

/** A provider that was requested or tried but is not used, and why, as a sentence. */
export interface PassedOver {
  readonly provider: Exclude<EngineProvider, 'auto' | 'cpu'>
  readonly reason: string
}

export interface EngineInfo {
  readonly name: 'onnxruntime' | 'tensorflow.js'
  readonly version: string
  /** The provider in use. */
  readonly provider: Exclude<EngineProvider, 'auto'>
  /** The back end of TensorFlow.js: `tensorflow` (native) or `wasm`. */
  readonly backend?: string
  /** The providers that were requested, or tried by `auto`, before `provider`. */
  readonly passedOver: readonly PassedOver[]
}

/** A resident network. */
export interface Engine {
  readonly info: EngineInfo
  /** Number of values of one input. */
  readonly inputLength: number
  /**
   * Computes a batch.
   * @param inputs as returned by `toNetworkInput`
   * @throws CLASSIFY_INPUT_INVALID, CLASSIFY_OUTPUT_INVALID
   */
  run(inputs: readonly Float32Array[]): Promise<NetworkOutput[]>
  close(): Promise<void>
}

export interface EngineOptions {
  readonly modelFile: string
  /**
   * From the model's manifest: the file's checksum, verified before a session is created, and where the network can
   * run.
   */
  readonly network: Pick<ModelManifest['network'], 'sha256' | 'quantized'>
  readonly provider: EngineProvider
  /** CPU threads; the engine's own choice when absent. */
  readonly threads?: number
}

/** Human-readable: the provider in use, and why the requested one is not used. */
export function describeEngine({ name, version, provider, backend, passedOver }: EngineInfo): string {
  const reasons = passedOver.map((one) => `${one.provider}: ${one.reason}`).join('; ')
  const computes = backend === undefined ? provider : `${provider} (${backend})`
  return `${name} ${version}, ${computes}${reasons && ` (not ${reasons})`}`
}
