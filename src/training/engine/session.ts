import '../../classify/without-telemetry.ts'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { NamedTensor } from './training-step.ts'

export interface SessionOptions {
  readonly provider: 'cpu' | 'webgpu' | 'cuda'
  readonly threads: number
}

/** For small networks: one thread gives bit-identical results on any number of cores. */
export const singleThread: SessionOptions = { provider: 'cpu', threads: 1 }

/** Loads a graph that a tape wrote. */
export function openSession(onnx: Uint8Array, { provider, threads }: SessionOptions): Promise<InferenceSession> {
  return InferenceSession.create(onnx, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    // Shapes are the same in every run, so ONNX Runtime plans its buffers once.
    enableMemPattern: true,
  })
}

/** Wraps values as ONNX Runtime tensors without copying. */
export function toTensors(named: Iterable<readonly [name: string, tensor: NamedTensor]>): Record<string, Tensor> {
  return Object.fromEntries(
    Array.from(named, ([name, { shape, values }]) => [name, new Tensor('float32', values, shape)]),
  )
}
