import { readFile } from 'node:fs/promises'
import type { Engine, EngineInfo } from '../engine.ts'
import { startOnnxRuntime } from './onnx-runtime.ts'

/** Starts one provider and no other in its place. */
export async function startProvider(
  modelFile: string,
  provider: EngineInfo['provider'],
  threads: number | undefined,
): Promise<Engine> {
  if (provider !== 'tfjs') return startOnnxRuntime(modelFile, provider, threads)
  // Loaded where it is asked for alone: most sites never do.
  const { startTensorFlow } = await import('./tensorflow-js.ts')
  return startTensorFlow(await readFile(modelFile))
}
