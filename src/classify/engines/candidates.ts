import type { EngineOptions, EngineProvider, PassedOver } from '../engine.ts'
import type { GraphicsDevices } from './graphics-devices.ts'

/** What a provider must prove before it is used for findings. */
export type Demand = 'same-numbers' | 'same-numbers-and-faster'

/** Longer than a graphics driver needs to compile the network. */
const autoTimeoutMs = 60_000

/** TensorRT and software drivers compile for minutes. */
const namedTimeoutMs = 600_000

export interface Candidates {
  /** Tried in this order; the CPU comes last. */
  readonly providers: readonly PassedOver['provider'][]
  readonly demand: Demand
  /** Time limit of one provider for computing two images. */
  readonly trialTimeoutMs: number
  /** Providers that are not worth trying here. */
  readonly passedOver: readonly PassedOver[]
}

/**
 * The providers that are tried before the CPU. A provider that the settings name may be slower than the CPU; one that
 * `auto` picks may not. `auto` never tries TensorRT, which compiles for minutes at the first start.
 */
export function candidatesOf(
  wanted: EngineProvider,
  devices: GraphicsDevices,
  { quantized }: EngineOptions['network'],
): Candidates {
  const none: Candidates = { providers: [], demand: 'same-numbers', trialTimeoutMs: namedTimeoutMs, passedOver: [] }
  if (wanted === 'cpu') return none
  const provider = wanted === 'auto' ? 'webgpu' : wanted
  if (wanted === 'auto' && !devices.any) {
    return { ...none, passedOver: [{ provider, reason: 'no graphics processor was found on this machine' }] }
  }
  if (quantized !== undefined) {
    const reason = `an 8-bit network runs on the CPU only; ${quantized.model} is the same model in float32`
    return { ...none, passedOver: [{ provider, reason }] }
  }
  switch (wanted) {
    case 'auto':
      return {
        providers: devices.nvidia ? ['cuda', 'webgpu'] : ['webgpu'],
        demand: 'same-numbers-and-faster',
        trialTimeoutMs: autoTimeoutMs,
        passedOver: [],
      }
    case 'webgpu':
    case 'cuda':
    case 'tensorrt':
    case 'tfjs':
      return { ...none, providers: [wanted] }
  }
}
