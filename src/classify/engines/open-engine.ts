import { createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { pipeline } from 'node:stream/promises'
import type { Engine, EngineOptions, PassedOver } from '../engine.ts'
import { networkChanged, networkUnreadable } from '../errors.ts'
import { type Candidates, candidatesOf } from './candidates.ts'
import { graphicsDevices } from './graphics-devices.ts'
import { startOnnxRuntime } from './onnx-runtime.ts'
import { startProvider } from './start-provider.ts'
import { tryProvider } from './trial.ts'
import { inOneLine } from './reason.ts'

/**
 * Opens a network for the life of the process. A provider other than the CPU must first reproduce the CPU's results in
 * a separate process. If it does not, the CPU computes and `info.passedOver` says why.
 * @throws CLASSIFY_NETWORK_CHECKSUM_MISMATCH before a session is created, CLASSIFY_NETWORK_UNREADABLE
 */
export async function openEngine(options: EngineOptions): Promise<Engine> {
  await requireChecksum(options)
  const candidates = candidatesOf(options.provider, await graphicsDevices(), options.network)
  const started = await firstThatWorks(candidates, options)
  if (started.engine !== undefined) return withPassedOver(started.engine, started.passedOver)
  try {
    return withPassedOver(await startOnnxRuntime(options.modelFile, 'cpu', options.threads), started.passedOver)
  } catch (error) {
    throw networkUnreadable(options.modelFile, inOneLine(error))
  }
}

async function requireChecksum({ modelFile, network }: EngineOptions): Promise<void> {
  const hash = createHash('sha256')
  await pipeline(createReadStream(modelFile), hash).catch((error: unknown) => {
    throw networkUnreadable(modelFile, inOneLine(error))
  })
  if (hash.digest('hex') !== network.sha256) throw networkChanged(modelFile)
}

async function firstThatWorks(
  { providers, demand, trialTimeoutMs, passedOver }: Candidates,
  { modelFile, threads }: EngineOptions,
): Promise<{ readonly engine?: Engine; readonly passedOver: readonly PassedOver[] }> {
  const failed = [...passedOver]
  for (const provider of providers) {
    const verdict = await tryProvider({ modelFile, provider, threads, demand }, trialTimeoutMs)
    if (verdict.kind === 'fails') {
      failed.push({ provider, reason: verdict.reason })
      continue
    }
    try {
      return { engine: await startProvider(modelFile, provider, threads), passedOver: failed }
    } catch (error) {
      failed.push({ provider, reason: inOneLine(error) })
    }
  }
  return { passedOver: failed }
}

function withPassedOver(engine: Engine, passedOver: readonly PassedOver[]): Engine {
  return { ...engine, info: { ...engine.info, passedOver } }
}
