import type { ModelManifest } from './manifest.ts'
import type { NetworkOutput } from './network-output.ts'

/**
 * What may compute the network: execution providers of ONNX Runtime, or TensorFlow.js. `auto` takes a graphics processor where one
 * gives the CPU's numbers faster than the CPU, and the CPU otherwise.
 */
export const engineProviders = ['auto', 'cpu', 'webgpu', 'cuda', 'tensorrt', 'tfjs'] as const

export type EngineProvider = (typeof engineProviders)[number]

/** A provider that was to compute and does not, with the reason in words. */
export interface PassedOver {
  readonly provider: Exclude<EngineProvider, 'auto' | 'cpu'>
  readonly reason: string
}

export interface EngineInfo {
  readonly name: 'onnxruntime' | 'tensorflow.js'
  readonly version: string
  /** What computes now. */
  readonly provider: Exclude<EngineProvider, 'auto'>
  /** What TensorFlow.js computes with: `tensorflow` (native), `wasm`. */
  readonly backend?: string
  /** What was asked for, or tried by `auto`, before it came to `provider`. */
  readonly passedOver: readonly PassedOver[]
}

/** A resident network. */
export interface Engine {
  readonly info: EngineInfo
  /** Values of one input. */
  readonly inputLength: number
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
  /** From the model's manifest: the file's checksum, which is verified before a session is made from it, and where it can run. */
  readonly network: Pick<ModelManifest['network'], 'sha256' | 'quantized'>
  readonly provider: EngineProvider
  /** CPU threads; the engine's own choice when absent. */
  readonly threads?: number
}

/** For people: what computes, and why it is not what was asked for. */
export function describeEngine({ name, version, provider, backend, passedOver }: EngineInfo): string {
  const reasons = passedOver.map((one) => `${one.provider}: ${one.reason}`).join('; ')
  const computes = backend === undefined ? provider : `${provider} (${backend})`
  return `${name} ${version}, ${computes}${reasons && ` (not ${reasons})`}`
}
