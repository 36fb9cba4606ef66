import { readFile } from 'node:fs/promises'
import type { Engine, EngineInfo } from '../engine.ts'
import { startOnnxRuntime } from './onnx-runtime.ts'

/** Starts one provider, without a fallback. */
export async function startProvider(
  modelFile: string,
  provider: EngineInfo['provider'],
  threads: number | undefined,
): Promise<Engine> {
  if (provider !== 'tfjs') return startOnnxRuntime(modelFile, provider, threads)
  // Loaded only on request, because most sites never use it.
  const { startTensorFlow } = await import('./tensorflow-js.ts')
  return startTensorFlow(await readFile(modelFile))
}
