import { randomBytes } from 'node:crypto'
import { createInterface } from 'node:readline/promises'
import { analyzeFiles } from './analyze-files.ts'
import type { EngineProvider } from './classify/engine.ts'
import type { CommandOutput } from './command-output.ts'
import { trustCertificateAuthorities } from './http/certificate-authorities.ts'
import { openTriage, systemClock } from './open-triage.ts'
import { openService } from './open-service.ts'
import { configurationProblems } from './check-configuration.ts'
import { retractionNotConfirmed } from './retract-errors.ts'
import { pluginAccess, requirePluginSettings } from './service/plugin-settings.ts'
import { requireSettings } from './service/read-settings.ts'
import { type Settings, settingsSchema } from './settings.ts'
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
  await trustCertificateAuthorities(
    [settings.DicomWeb.CaFile, settings.Fhir.CaFile].filter((file) => file !== undefined),
  )
  const service = await openService(settings, process.env['LUNG_TRIAGE_VIEWER_URL'])
  output.result(
    { event: 'ready', url: service.url, loginUrl: service.loginUrl },
    `Lung Triage is ready. Not for diagnostic use.\nStatus page: ${service.loginUrl}`,
  )
  if (service.retraction !== undefined) {
    const { model, at } = service.retraction
    const day = at.toISOString().slice(0, 10)
    output.progress(
      `WARNING: the model ${model} was retracted on ${day}. NOTHING IS ANALYSED. Set another LungTriage.Model.`,
    )
  }
  await untilAborted(stopping)
  await service.stop()
  return true
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
  const options = { clock: systemClock, newNonce: () => randomBytes(16).toString('hex'), signal, onWait }
  try {
    return await requirePluginSettings(pluginAccess(source.url, process.env), options)
  } catch (error) {
    if (signal.aborted) return undefined
    throw error
  }
}

/** `analyze`: files in, results out, no server. */
export async function analyze(
  paths: readonly string[],
  options: { readonly out: string; readonly model: string; readonly provider: EngineProvider },
  output: CommandOutput,
): Promise<boolean> {
  const settings = withoutServers({ Model: options.model, Engine: { Provider: options.provider } })
  const triage = await openTriage(settings)
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
  const { retractModel, runningService } = await import('./retract-model.ts')
  const service = await runningService(await requireSettings(options.orthancConfig, process.env))
  if (options.yes !== true && process.stdin.isTTY) await confirmRetraction(options.model)
  return retractModel(options.model, service, output)
}

/** @throws RETRACT_NOT_CONFIRMED */
async function confirmRetraction(model: string): Promise<void> {
  const terminal = createInterface({ input: process.stdin, output: process.stderr })
  const question = `This withdraws every result of ${model} for good, and the model never works here again. Type ${model} to go on: `
  try {
    if ((await terminal.question(question)).trim() !== model) throw retractionNotConfirmed()
  } finally {
    terminal.close()
  }
}

/** `check-config`: all problems at once, among them addresses that do not answer. */
export async function checkConfig(configuration: string, output: CommandOutput): Promise<boolean> {
  const problems = await configurationProblems(configuration, process.env)
  for (const problem of problems) output.result({ ...problem }, `${problem.path}: ${problem.message}`)
  if (problems.length === 0) output.progress('The configuration has no problem.')
  return problems.length === 0
}

/** `benchmark`: the speed of each step and of the whole, on synthetic radiographs. */
export async function benchmark(
  options: {
    readonly repeats: number
    readonly provider: EngineProvider
    readonly orthanc?: true
    readonly peer?: true
  },
  output: CommandOutput,
): Promise<boolean> {
  const [{ runBenchmark }, { describeBenchmark }] = await Promise.all([
    import('./benchmark/benchmark.ts'),
    import('./benchmark/describe.ts'),
  ])
  const triage = await openTriage(withoutServers({ Engine: { Provider: options.provider } }))
  try {
    const { repeats, orthanc = false, peer = false } = options
    const result = await runBenchmark(triage, { repeats, orthanc, peer })
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
  const { runDemo } = await import('./demo/demo.ts')
  return runDemo({ images, exitWhenDone: options.exitWhenDone === true, synthetic: options.synthetic === true }, output)
}

/** Settings for work that speaks to no server; the addresses are never used. */
function withoutServers(section: Readonly<Record<string, unknown>>): Settings {
  const nowhere = { Url: 'http://127.0.0.1:9' }
  return settingsSchema.parse({ ...section, DicomWeb: nowhere, Orthanc: nowhere })
}
