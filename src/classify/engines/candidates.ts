import type { EngineOptions, EngineProvider, PassedOver } from '../engine.ts'
import type { GraphicsDevices } from './graphics-devices.ts'

/** What a provider must show before it computes findings. */
export type Demand = 'same-numbers' | 'same-numbers-and-faster'

/** Longer than a graphics processor's driver needs to compile the network. */
const autoTimeoutMs = 60_000

/** TensorRT compiles for minutes, and so does a software driver. */
const namedTimeoutMs = 600_000

export interface Candidates {
  /** In this order; the CPU follows. */
  readonly providers: readonly PassedOver['provider'][]
  readonly demand: Demand
  /** Longest that one of them may take to compute two images. */
  readonly trialTimeoutMs: number
  /** What need not be tried here. */
  readonly passedOver: readonly PassedOver[]
}

/**
 * What is tried before the CPU. Who names a provider may want it although it is slower, as in a test with a software driver; `auto` may not.
 * `auto` never tries TensorRT, which compiles for minutes at the first start.
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
    return { ...none, passedOver: [{ provider, reason: 'this machine shows no graphics processor' }] }
  }
  if (quantized !== undefined) {
    const reason = `the model's network is in 8 bits, which the CPU computes; ${quantized.model} is the same in float32`
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
