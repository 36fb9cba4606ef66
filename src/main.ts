import { mkdtemp, rm } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { analyzeFiles } from './analyze-files.ts'
import type { EngineProvider } from './classify/engine.ts'
import type { CommandOutput } from './command-output.ts'
import { trustCertificateAuthorities } from './http/certificate-authorities.ts'
import { openTriage } from './open-triage.ts'
import { openService } from './open-service.ts'
import { openWorker } from './open-worker.ts'
import { configurationProblems } from './check-configuration.ts'
import { requireSettings } from './service/read-settings.ts'
import { type Settings, settingsSchema } from './settings.ts'

/** The commands of the command line. Each gives whether it did what it was asked. */

/** `serve`: runs until it is told to stop by SIGINT or SIGTERM. */
export async function serve(configuration: string, output: CommandOutput): Promise<boolean> {
  const settings = await requireSettings(configuration, process.env)
  await trustSettings(settings)
  const service = await openService(settings, process.env['LUNG_TRIAGE_VIEWER_URL'])
  output.result(
    { event: 'ready', url: service.url, loginUrl: service.loginUrl },
    `Lung Triage is ready. Not for diagnostic use.\nStatus page: ${service.loginUrl}`,
  )
  await stopSignal()
  await service.stop()
  return true
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
  await stopSignal()
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
  try {
    return await analyzeFiles(paths, options.out, triage, output)
  } finally {
    await triage.close()
  }
}

/** `check-config`: all problems at once, among them addresses that do not answer. */
export async function checkConfig(configuration: string, output: CommandOutput): Promise<boolean> {
  const problems = await configurationProblems(configuration, process.env)
  for (const problem of problems) output.result({ ...problem }, `${problem.path}: ${problem.message}`)
  if (problems.length === 0) output.progress('The configuration has no problem.')
  return problems.length === 0
}

/** Of some seconds each. */
const trainingSteps = 3

/** `benchmark`: the speed of each step and of the whole, on a synthetic radiograph. */
export async function benchmark(
  options: { readonly repeats: number; readonly provider: EngineProvider },
  output: CommandOutput,
): Promise<boolean> {
  const [{ measureSpeed, describeSpeed }, { benchmarkImage }, { measureLungs }, { measureTraining }] =
    await Promise.all([
      import('./benchmark.ts'),
      import('./benchmark-image.ts'),
      import('./benchmark-lungs.ts'),
      import('./benchmark-training.ts'),
    ])
  const triage = await openTriage(withoutServers({ Engine: { Provider: options.provider } }))
  const folder = await mkdtemp(join(tmpdir(), 'lung-triage-benchmark-'))
  try {
    const readyMs = Math.round(process.uptime() * 1000)
    const speed = await measureSpeed(await benchmarkImage(triage.folder.atlas, 2000), triage, {
      repeats: options.repeats,
      concurrency: 2,
      folder,
    })
    const lungsBySize = await measureLungs(triage.folder.atlas, options.repeats)
    const training = await measureTraining(trainingSteps, { provider: 'cpu', threads: availableParallelism() })
    const result = { ...speed, engine: triage.engine, readyMs, lungsBySize, training }
    output.result(result, describeSpeed(result))
    return true
  } finally {
    await triage.close()
    await rm(folder, { recursive: true })
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

function trustSettings({ DicomWeb, Fhir }: Settings): Promise<void> {
  return trustCertificateAuthorities([DicomWeb.CaFile, Fhir.CaFile].filter((file) => file !== undefined))
}

/** Settings for work that speaks to no server; the addresses are never used. */
function withoutServers(section: Readonly<Record<string, unknown>>): Settings {
  const nowhere = { Url: 'http://127.0.0.1:9' }
  return settingsSchema.parse({ ...section, DicomWeb: nowhere, Orthanc: nowhere })
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    process.once('SIGINT', () => {
      resolve()
    })
    process.once('SIGTERM', () => {
      resolve()
    })
  })
}
