import { performance } from 'node:perf_hooks'
import type { Engine, EngineInfo } from '../engine.ts'
import { inOneLine } from './reason.ts'
import { startProvider } from './start-provider.ts'
import { type Trial, type Verdict, verdictOn } from './verdict.ts'
import type { TrialOptions } from './trial.ts'

/**
 * The process that tries a provider: the provider and the CPU compute the same two images, and the verdict is sent
 * back.
 */

process.once('message', (options: TrialOptions) => {
  void judge(options).then((verdict) => process.send!(verdict, () => process.exit()))
})

async function judge({ modelFile, provider, threads, demand }: TrialOptions): Promise<Verdict> {
  try {
    const trial = await compute(modelFile, provider, threads)
    return verdictOn(trial, await compute(modelFile, 'cpu', threads), demand)
  } catch (error) {
    return { kind: 'fails', reason: inOneLine(error) }
  }
}

async function compute(modelFile: string, provider: EngineInfo['provider'], threads?: number): Promise<Trial> {
  const engine = await startProvider(modelFile, provider, threads)
  const [first, second] = trialImages(engine)
  // The first run compiles and allocates, so it is not timed.
  const outputs = await engine.run([first])
  const startMs = performance.now()
  outputs.push(...(await engine.run([second])))
  return { outputs, ms: performance.now() - startMs }
}

/** Two patterns that span the whole range of values and give different outputs in any network. */
function trialImages({ inputLength }: Engine): [Float32Array, Float32Array] {
  return [
    // Stryker disable next-line ArithmeticOperator: any pattern shows whether a provider computes as the CPU does
    Float32Array.from({ length: inputLength }, (_, index) => ((index * 7919) % 256) - 128),
    // Stryker disable next-line ArithmeticOperator: any other pattern would do
    Float32Array.from({ length: inputLength }, (_, index) => 128 * Math.sin(index / 17)),
  ]
}
