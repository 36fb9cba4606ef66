import { randomBytes } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { CommandOutput } from '../commands/command-output.ts'
import { loadModelFolder, modelDir } from '../analyse/model-folder.ts'
import { settingsSchema } from '../settings/settings.ts'
import { untilAborted } from '../commands/stop-signal.ts'
import { type StudyStatus, followStudies } from './follow-studies.ts'
import { userCacheDir } from '../commands/user-cache.ts'
import { fetchViewer } from './ohif.ts'
import { sendStudies } from './send-studies.ts'
import type { ServiceProcess } from './service-process.ts'
import { type DemoRun, type DemoStudy, dataSetStudies, namedStudies, syntheticRadiographs } from './sources.ts'
import { type DemoStack, startStack } from './stack.ts'
import { rowText, studyRow, tableHead } from './study-row.ts'
import { type ViewerServer, startViewerServer } from './viewer-server.ts'
import { findWrittenResults } from './written-results.ts'

export interface DemoOptions {
  /** DICOM, PNG or JPEG files; if empty, the demo chooses twelve radiographs. */
  readonly images: readonly string[]
  /** Exit when every study is finished, instead of staying up. */
  readonly exitWhenDone: boolean
  /** Use synthetic radiographs even if real ones are available. */
  readonly synthetic: boolean
}

/**
 * Runs the complete workflow on one machine: starts Orthanc, the service and a viewer, sends studies, waits for the
 * results and verifies them in the archive and in FHIR.
 * @returns whether every eligible study has its results; false if interrupted before that
 */
export async function runDemo(options: DemoOptions, output: CommandOutput): Promise<boolean> {
  const interruption = onInterruption()
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-demo-'))
  const started: (() => Promise<void>)[] = []
  try {
    const allWell = await demonstrate(options, output, { dir, started, signal: interruption.signal })
    await stopAll(started)
    if (allWell) await rm(dir, { recursive: true })
    else output.progress(`The service's log and state are kept in ${dir}.`)
    return allWell
  } catch (error) {
    await stopAll(started)
    if (interruption.signal.aborted) {
      output.progress('Stopped.')
      await rm(dir, { recursive: true })
      return false
    }
    output.progress(`The service's log and state are kept in ${dir}.`)
    throw error
  } finally {
    interruption.end()
  }
}

interface Stage {
  readonly dir: string
  /** Stop functions of everything started, in order of start. */
  readonly started: (() => Promise<void>)[]
  readonly signal: AbortSignal
}

async function demonstrate(options: DemoOptions, output: CommandOutput, stage: Stage): Promise<boolean> {
  const { signal, started } = stage
  const studies = await chooseStudies(options, output)
  output.progress('starting Orthanc')
  const stack = await startStack(stage.dir)
  started.push(() => stack.orthanc.stop())
  signal.throwIfAborted()
  const viewer = await startViewer(stack, output)
  if (viewer !== undefined) started.push(() => viewer.stop())
  signal.throwIfAborted()
  output.progress('starting the service')
  const service = await stack.startService(viewer && { LUNG_TRIAGE_VIEWER_URL: viewer.studyUrl })
  started.push(() => service.stop())
  tellAddresses(stack, viewer, service, output)
  const allWell = await Promise.race([sendAndFollow(studies, stack, signal, output), service.ended])
  if (options.exitWhenDone) return allWell
  output.progress('All studies are finished. The pages stay up; press Ctrl-C to stop.')
  await Promise.race([untilAborted(signal), service.ended])
  return allWell
}

async function chooseStudies({ images, synthetic }: DemoOptions, output: CommandOutput): Promise<DemoStudy[]> {
  const run: DemoRun = { startedAt: new Date(), seed: randomBytes(8).toString('hex') }
  if (images.length > 0) return namedStudies(images, run)
  const real = synthetic ? undefined : await dataSetStudies(process.env, run)
  if (real !== undefined) return real
  output.progress('generating synthetic radiographs from the lung atlas')
  const { atlas } = await loadModelFolder(modelDir(settingsSchema.shape.Model.parse(undefined)))
  return syntheticRadiographs(atlas, run)
}

async function startViewer({ orthanc }: DemoStack, output: CommandOutput): Promise<ViewerServer | undefined> {
  const files = await fetchViewer(userCacheDir(process.env), output.progress)
  if (files.kind === 'ready') return startViewerServer({ ...orthanc, distDir: files.dir })
  output.progress(`The OHIF viewer could not be downloaded (${files.reason}); the demo continues without it.`)
  return undefined
}

function tellAddresses(
  { orthanc }: DemoStack,
  viewer: ViewerServer | undefined,
  service: ServiceProcess,
  output: CommandOutput,
): void {
  // Without OHIF, Orthanc Explorer is the viewer; it asks for user and password.
  const viewerUrl = viewer?.url ?? `${orthanc.url}/app/explorer.html`
  const user = viewer === undefined ? ` (user ${orthanc.username}, password ${orthanc.password})` : ''
  output.result(
    { event: 'addresses', viewer: viewerUrl, statusPage: service.loginUrl, service: service.url, orthanc: orthanc.url },
    `viewer:      ${viewerUrl}${user}\nstatus page: ${service.loginUrl}  (link works once)\nNot for diagnostic use.\n\n${tableHead}`,
  )
}

async function sendAndFollow(
  studies: readonly DemoStudy[],
  stack: DemoStack,
  signal: AbortSignal,
  output: CommandOutput,
): Promise<boolean> {
  await sendStudies(studies, stack.orthancApi)
  output.progress(`${studies.length} studies sent to Orthanc; waiting for results`)
  let ended = 0
  let allWell = true
  await followStudies(studies, stack.serviceApi, signal, async (study, status) => {
    const row = studyRow(study, status, await resultsOf(study, status, stack))
    output.result({ event: 'study', ...row }, rowText(row, `${++ended}/${studies.length}`))
    if (row.problem !== null) allWell = false
  })
  return allWell
}

function resultsOf(study: DemoStudy, { state }: StudyStatus, stack: DemoStack) {
  return state === 'done' ? findWrittenResults(study, stack.dicomWeb, stack.serviceApi) : undefined
}

async function stopAll(started: (() => Promise<void>)[]): Promise<void> {
  for (const stop of started.splice(0).reverse()) await stop()
}

/** Aborts at the first SIGINT (Ctrl-C), SIGTERM or SIGHUP. A second such signal ends the process immediately. */
function onInterruption(): { signal: AbortSignal; end: () => void } {
  const controller = new AbortController()
  const abort = (): void => {
    controller.abort()
  }
  const signals = ['SIGINT', 'SIGTERM', 'SIGHUP'] as const
  for (const name of signals) process.once(name, abort)
  const end = (): void => {
    for (const name of signals) process.off(name, abort)
  }
  return { signal: controller.signal, end }
}
