import type { Engine, EngineInfo } from '../engine.ts'
import { startOnnxRuntime } from './onnx-runtime.ts'

/** Starts one provider and no other in its place. */
export async function startProvider(
  bytes: Uint8Array,
  provider: EngineInfo['provider'],
  threads: number | undefined,
): Promise<Engine> {
  if (provider !== 'tfjs') return startOnnxRuntime(bytes, provider, threads)
  // Loaded where it is asked for alone: most sites never do.
  const { startTensorFlow } = await import('./tensorflow-js.ts')
  return startTensorFlow(bytes)
}
