import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { analyzeFiles } from './analyze-files.ts'
import { type EngineInfo, type EngineProvider, describeEngine } from '../classify/engine.ts'
import type { BenchmarkCommandOptions } from './command-options.ts'
import type { CommandOutput } from './command-output.ts'
import { openTriage } from '../analyse/open-triage.ts'
import { openService } from '../service/app/open-service.ts'
import { openWorker } from '../service/app/open-worker.ts'
import { configurationProblems } from '../settings/check-configuration.ts'
import type { Replay } from './replay.ts'
import { retractionNotConfirmed } from './running-service-errors.ts'
import {
  type PluginSettingsOptions,
  pluginAccess,
  readPluginSettings,
  requirePluginSettings,
} from '../settings/plugin-settings.ts'
import { type SettingsReading, readSettings, requireSettings } from '../settings/read-settings.ts'
import { type ChangeSignal, every, filesChanged, followSettings, hangUpSignal } from '../settings/follow-settings.ts'
import { type Settings, withoutServers } from '../settings/settings.ts'
import { trustSettings } from '../settings/derived/trust-settings.ts'
import { localDay, systemClock } from '../clock.ts'
import { type StopOn, stopSignal, untilAborted } from './stop-signal.ts'

/** The commands of the command line. Each gives whether it did what it was asked. */

/** Where `serve` gets its settings: out of Orthanc's files, or from the plugin inside the Orthanc at that address. */
export type SettingsSource =
  { readonly kind: 'files'; readonly path: string } | { readonly kind: 'plugin'; readonly url: string }

/**
 * `serve`: runs until it is told to stop, by SIGINT or SIGTERM, or where asked to by the end of its standard input.
 * @returns true also when it was stopped while it waited for Orthanc
 */
export async function serve(source: SettingsSource, stopOn: StopOn, output: CommandOutput): Promise<boolean> {
  const stopping = stopSignal(stopOn)
  const settings = await settingsFrom(source, stopping, output)
  if (settings === undefined) return true
  await trustSettings(settings)
  const service = await openService(settings, process.env['LUNG_TRIAGE_VIEWER_URL'])
  output.result(
    { event: 'ready', url: service.url, loginUrl: service.loginUrl },
    `Lung Triage is ready. Not for diagnostic use.\nStatus page: ${service.loginUrl}`,
  )
  if (service.retraction !== undefined) {
    const { model, at } = service.retraction
    output.progress(
      `WARNING: the model ${model} was retracted on ${localDay(at)}. NOTHING IS ANALYSED. Set another LungTriage.Model.`,
    )
  }
  const stopFollowing = followSettings({
    signals: await changeSignals(source),
    read: (signal) => readAgain(source, signal),
    takeOver: (reading) => service.reload(reading),
  })
  try {
    await Promise.race([untilAborted(stopping), service.replaced])
  } finally {
    await stopFollowing()
    await service.stop()
  }
  return true
}

/** How often the plugin is asked whether Orthanc was started with other settings. */
const askPluginEveryMs = 60_000
/** How often files are read again of whose changes nobody may have told. */
const readFilesEveryMs = 600_000

async function changeSignals(source: SettingsSource): Promise<readonly ChangeSignal[]> {
  if (source.kind === 'plugin') return [hangUpSignal, every(askPluginEveryMs)]
  return [hangUpSignal, await filesChanged(source.path), every(readFilesEveryMs)]
}

function readAgain(source: SettingsSource, signal: AbortSignal): Promise<SettingsReading> {
  if (source.kind === 'files') return readSettings(source.path, process.env)
  return readPluginSettings(
    pluginAccess(source.url, process.env),
    pluginOptions(signal, () => undefined),
  )
}

function pluginOptions(signal: AbortSignal, onWait: (message: string) => void): PluginSettingsOptions {
  return { clock: systemClock, newNonce: () => randomBytes(16).toString('hex'), signal, onWait }
}

/** Undefined when it was to stop before the plugin answered. */
async function settingsFrom(
  source: SettingsSource,
  signal: AbortSignal,
  output: CommandOutput,
): Promise<Settings | undefined> {
  if (source.kind === 'files') return requireSettings(source.path, process.env)
  const onWait = (message: string): void => {
    output.progress(`Waiting for Orthanc: ${message}`)
  }
  try {
    return await requirePluginSettings(pluginAccess(source.url, process.env), pluginOptions(signal, onWait))
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** `work`: takes studies from the queue that a `serve` elsewhere fills, until told to stop. */
export async function work(configuration: string, output: CommandOutput): Promise<boolean> {
  const settings = await requireSettings(configuration, process.env)
  await trustSettings(settings)
  const worker = await openWorker(settings)
  output.result(
    { event: 'ready', ...worker.about },
    `Lung Triage works on studies from ${worker.about.queue}. Not for diagnostic use.`,
  )
  const source = { kind: 'files', path: configuration } as const
  const stopFollowing = followSettings({
    signals: await changeSignals(source),
    read: (signal) => readAgain(source, signal),
    takeOver: (reading) => worker.reload(reading),
  })
  await untilAborted(stopSignal('signal'))
  await stopFollowing()
  await worker.stop()
  return true
}

/** `analyze`: files in, results out, no server. */
export async function analyze(
  paths: readonly string[],
  options: { readonly out: string; readonly model: string; readonly provider: EngineProvider },
  output: CommandOutput,
): Promise<boolean> {
  const settings = withoutServers({ Model: options.model, Engine: { Provider: options.provider } })
  const triage = await openTriage(settings)
  sayIfNotAsAsked(options.provider, triage.engine, output)
  try {
    return await analyzeFiles(paths, options.out, triage, output)
  } finally {
    await triage.close()
  }
}

/** `retract`: all results of a model are withdrawn, and it never works again. */
export async function retract(
  options: { readonly model: string; readonly orthancConfig: string; readonly yes?: true },
  output: CommandOutput,
): Promise<boolean> {
  const [{ retractModel }, { runningService }] = await Promise.all([
    import('./retract.ts'),
    import('./running-service.ts'),
  ])
  const service = await runningService(await requireSettings(options.orthancConfig, process.env))
  if (options.yes !== true && process.stdin.isTTY) await confirmRetraction(options.model)
  return retractModel(options.model, service, output)
}

/** @throws COMMAND_NOT_CONFIRMED */
async function confirmRetraction(model: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const question = `This withdraws every result of ${model} for good, and the model never works here again. Type ${model} to go on: `
  try {
    if ((await terminal.question(question)).trim() !== model) throw retractionNotConfirmed()
  } finally {
    terminal.close()
  }
}

/** `backfill`: past studies into the queue. */
export async function backfill(
  { orthancConfig, ...plan }: { orthancConfig: string; from: string; to: string; studiesPerMinute: number },
  output: CommandOutput,
): Promise<boolean> {
  const [command, { StudySearch }, { runningService }, { serversOf }] = await Promise.all([
    import('./backfill.ts'),
    import('../intake/study-search.ts'),
    import('./running-service.ts'),
    import('../clients/servers.ts'),
  ])
  const settings = await requireSettings(orthancConfig, process.env)
  await trustSettings(settings)
  const { from, to, studiesPerMinute } = plan
  const parts = { search: new StudySearch(serversOf(settings).dicomWeb), service: await runningService(settings) }
  return command.backfill({ from, to, studiesPerMinute }, { ...parts, output })
}

/** `replay`: one study, or all dead letters, once more. */
export async function replay(which: Replay, orthancConfig: string, output: CommandOutput): Promise<boolean> {
  const [command, { runningService }] = await Promise.all([import('./replay.ts'), import('./running-service.ts')])
  return command.replay(which, await runningService(await requireSettings(orthancConfig, process.env)), output)
}

/** `cancel`: a study out of the queue. */
export async function cancel(study: string, orthancConfig: string, output: CommandOutput): Promise<boolean> {
  const [command, { runningService }] = await Promise.all([import('./replay.ts'), import('./running-service.ts')])
  return command.cancel(study, await runningService(await requireSettings(orthancConfig, process.env)), output)
}

/** `database rollback`: back to the schema of an older version. */
export async function rollBackDatabase(path: string, to: number, output: CommandOutput): Promise<boolean> {
  const { rollBack } = await import('../service/store/database.ts')
  const { from, copy } = rollBack(path, to)
  output.result({ path, from, to, copy }, `${path} went back from schema ${from} to ${to}. A copy of before: ${copy}`)
  return true
}

/** `check-config`: all problems at once, among them addresses that do not answer. */
export async function checkConfig(configuration: string, output: CommandOutput): Promise<boolean> {
  const problems = await configurationProblems(configuration, process.env, systemClock.now())
  for (const problem of problems) output.result({ ...problem }, `${problem.path}: ${problem.message}`)
  if (problems.length === 0) output.progress('The configuration has no problem.')
  return problems.length === 0
}

/** `benchmark`: the speed of each step and of the whole, on synthetic radiographs. */
export async function benchmark(options: BenchmarkCommandOptions, output: CommandOutput): Promise<boolean> {
  const [{ runBenchmark }, { describeBenchmark }] = await Promise.all([
    import('../benchmark/benchmark.ts'),
    import('../benchmark/describe.ts'),
  ])
  const triage = await openTriage(withoutServers({ Model: options.model, Engine: { Provider: options.provider } }))
  sayIfNotAsAsked(options.provider, triage.engine, output)
  try {
    const { repeats, orthanc = false, workers = false, peer = false, scale = false, soak = 0 } = options
    const result = await runBenchmark(triage, { repeats, orthanc, workers, peer, scale, soak })
    output.result({ ...result, engine: triage.engine }, describeBenchmark(result))
    return true
  } finally {
    await triage.close()
  }
}

/** `demo`: everything on one machine. */
export async function demo(
  images: readonly string[],
  options: { readonly exitWhenDone?: true; readonly synthetic?: true },
  output: CommandOutput,
): Promise<boolean> {
  const { runDemo } = await import('../demo/demo.ts')
  return runDemo({ images, exitWhenDone: options.exitWhenDone === true, synthetic: options.synthetic === true }, output)
}

/** Who names a provider is told where another computes. */
function sayIfNotAsAsked(asked: EngineProvider, engine: EngineInfo, output: CommandOutput): void {
  if (asked !== 'auto' && asked !== engine.provider) output.progress(`Computed by ${describeEngine(engine)}.`)
}
