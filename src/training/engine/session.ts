import '../../classify/without-telemetry.ts'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import type { NamedTensor } from './training-step.ts'

export interface SessionOptions {
  readonly provider: 'cpu' | 'webgpu' | 'cuda'
  readonly threads: number
}

/** Where small networks are trained and run: one thread gives the same bits on any number of cores. */
export const singleThread: SessionOptions = { provider: 'cpu', threads: 1 }

/** Loads a graph that a tape has written. */
export function openSession(onnx: Uint8Array, { provider, threads }: SessionOptions): Promise<InferenceSession> {
  return InferenceSession.create(onnx, {
    executionProviders: [provider],
    intraOpNumThreads: threads,
    logSeverityLevel: 3,
    // Buffers are planned once: every run has the same shapes.
    enableMemPattern: true,
  })
}

/** Values as ONNX Runtime takes them; nothing is copied. */
export function toTensors(named: Iterable<readonly [name: string, tensor: NamedTensor]>): Record<string, Tensor> {
  return Object.fromEntries(
    Array.from(named, ([name, { shape, values }]) => [name, new Tensor('float32', values, shape)]),
  )
}
