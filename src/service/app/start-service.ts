import type { ModelLineage } from '../../classify/model-name.ts'
import type { StudyArrival } from '../../intake/feed/change-feed.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { KeptResults, StudyOutcome } from '../../pipeline.ts'
import type { DeliveryTargets } from '../../deliver/delivery-targets.ts'
import { DeliveryWatch } from '../deliveries/delivery-watch.ts'
import { followingMoves } from '../studies/follow-moves.ts'
import type { SourceLook } from '../deliveries/look-at-source.ts'
import { runDeliveries } from '../deliveries/run-deliveries.ts'
import type { BackgroundWork } from '../../background.ts'
import type { Clock } from '../../clock.ts'
import { Access } from '../../web/access/access.ts'
import { EventStreams } from '../../web/event-stream.ts'
import { Feedback } from '../read-back/feedback.ts'
import type { Dependency } from '../../web/routes/health-routes.ts'
import { createHttpApp } from '../../web/http-app.ts'
import type { Log, StudyKey } from '../../log.ts'
import type { Metrics } from '../observe/metrics.ts'
import { type PageServer, openPageServer } from '../../web/page-server.ts'
import type { Queue } from '../queue/queue.ts'
import type { RunningReadBack, StartReadBack } from '../read-back/read-back.ts'
import type { SettingsReading } from '../../settings/read-settings.ts'
import { keepRetention } from '../store/retention.ts'
import { type ModelGate, retractionOf } from '../retraction/model-gate.ts'
import { type RetractModel, modelRetracter } from '../retraction/retract-model.ts'
import type { Retraction, Withdrawal } from '../retraction/retraction.ts'
import { idleMs, renewEveryMs } from '../queue/intervals.ts'
import { runQueue } from '../queue/run-queue.ts'
import { runWithdrawals } from '../retraction/run-withdrawals.ts'
import type { Store } from '../store/store.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'
import type { WorkReporter } from '../queue/work-reporter.ts'
import {
  type TakeArrival,
  type TakeStudy,
  arrivalTaker,
  missingTaker,
  resumeStudies,
  studyCanceller,
  studyTaker,
} from '../studies/take-study.ts'
import type { ConfigurationProblem } from '../../settings/orthanc-configuration.ts'
import type { SettingsInForce } from '../../settings/settings-in-force.ts'
import { recorderOf } from './recorder-of.ts'
import { reportStart } from '../observe/start-report.ts'

/** Starts to watch the archive. `take` returns when the study is durably stored; only then may the position move. */
export type StartFeed = (
  take: (arrival: StudyArrival) => Promise<void>,
  /** Told Orthanc's ids of all studies in the archive, from time to time. */
  compare: (orthancIds: ReadonlySet<string>) => Promise<void>,
) => Promise<BackgroundWork>

/** Work shared with other processes. All report through Redis; this process, the coordinator, reads the reports. */
export interface SharedWork {
  readonly reporter: WorkReporter
  /** Handles the reports that arrived while no coordinator was running. */
  catchUp(recorder: StudyRecorder): Promise<void>
  /** Tells the other machines that a model was retracted. */
  tellRetraction(retraction: Retraction): Promise<void>
  /** Handles new reports until stopped. */
  follow(recorder: StudyRecorder): BackgroundWork
}

interface ServiceOptions {
  /** Host and port of the page, plugin key and queue concurrency are read only at start-up. */
  readonly settings: SettingsInForce
  /** Access token for pages and APIs. */
  readonly token: string
  /** Generates an unguessable code for a sign-in link. */
  readonly newCode: () => string
  readonly store: Store
  readonly queue: Queue
  /** Set if the queue is shared with workers in other processes. */
  readonly shared?: SharedWork
  /** Copies the databases while they are used. */
  readonly backUp: () => Promise<void>
  readonly startFeed: StartFeed
  readonly startReadBack: StartReadBack
  readonly triage: (study: StudyRef) => Promise<StudyOutcome>
  readonly delivery: {
    /** The targets of the settings in force. */
    readonly targets: () => DeliveryTargets
    readonly gate: Pick<ModelGate, 'deliver'>
    /** Whether the archive still has what a result is about, under the same name. */
    readonly lookAtSource: (study: StudyRef, kept: KeptResults) => Promise<SourceLook>
  }
  /** The running model and the models that it was made from. */
  readonly lineage: ModelLineage
  /** Withdraws a stored result from every target that received it. */
  readonly withdraw: (withdrawal: Withdrawal) => Promise<void>
  readonly dependencies: readonly Dependency[]
  /** What in Orthanc itself prevents the service from working; asked once, at the start. */
  readonly orthancProblems?: (() => Promise<readonly ConfigurationProblem[]>) | undefined
  /** At the first start: a sentence about the studies that are already in the archive, if any. */
  readonly pastStudies?: (() => Promise<string | undefined>) | undefined
  /** URL of a study in the viewer, with `{StudyInstanceUID}` as placeholder. */
  readonly viewerUrl?: string
  /** Versions of the program, model, inference engine and Node.js, for the page footer. */
  readonly about: Readonly<Record<string, string>>
  readonly studyKey: StudyKey
  readonly clock: Clock
  /** How long to wait before asking again for a withdrawal that is due; `idleMs` by default. */
  readonly withdrawalPollMs?: number
  /** A number in [0, 1). */
  readonly random: () => number
  /** `/metrics` shows its events only if it is a counting log. */
  readonly log: Log
  readonly metrics: Metrics
}

export interface RunningService {
  /** `http://host:port`, or `https://…`. */
  readonly url: string
  /** Link that signs in one browser. It is valid for an hour and can be used once. */
  readonly loginUrl: string
  /** Issues another sign-in link. */
  newLoginUrl(): string
  /** Set if the running model had been retracted before the start. Requests are answered, but no study is analysed. */
  readonly retraction: Retraction | undefined
  /** Applies reloaded settings, except those that need a restart, and a renewed certificate. */
  reload(reading: SettingsReading): Promise<void>
  /**
   * Stops intake, work and HTTP, in that order. Running studies get `graceMs` to finish; the others go back to the
   * queue.
   */
  stop(graceMs?: number): Promise<void>
}

const probeTimeoutMs = 5000

/**
 * Starts the service: reconciles ledger and queue, serves the pages, works through the queue, watches the archive. The
 * caller owns the store and the queue and closes them after `stop`.
 * @throws SERVICE_ADDRESS_IN_USE, SERVICE_CERTIFICATE_*, and errors from the start of the feed
 */
export async function startService(options: ServiceOptions): Promise<RunningService> {
  const { store, queue, shared, clock, log, metrics } = options
  const { Http, Plugin } = options.settings.now
  metrics.watchStore(store, clock)
  metrics.describe(options.about)
  const watch = new DeliveryWatch()
  const recorder = recorderOf(options, watch)
  const takeStudy = whileSound(store, studyTaker(recorder, queue, log))
  for (const retraction of store.retractions.all()) await shared?.tellRetraction(retraction)
  await shared?.catchUp(recorder)
  const resumed = await resumeStudies(store.studies, recorder, queue)
  if (resumed > 0) log.info('study.resumed', { count: resumed })
  const feedback = new Feedback(store, recorder, clock)
  const readBack = options.startReadBack(feedback)
  const takeArrival = readingBack(readBack, followingMoves(arrivalTaker(store, takeStudy, log), store, clock))
  const { token, newCode } = options
  const access = new Access({ token, clock, newCode, pluginKey: Plugin.Key })
  const events = new EventStreams(recorder)
  const app = createHttpApp({
    ...{ access, store, takeStudy, takeArrival, feedback, clock, log, metrics, events, probeTimeoutMs },
    deliveryWatch: watch,
    backUp: options.backUp,
    cancelStudy: studyCanceller(recorder, queue),
    logKey: options.studyKey,
    retractModel: retracter(options, recorder),
    runningModelRetraction: () => retractionOf(options.lineage, store.retractions),
    viewerUrl: options.viewerUrl,
    about: options.about,
    dependencies: options.dependencies,
    rateLimits: {
      requestsPerMinute: Http.RequestsPerMinute,
      failedSignInsPerMinute: Http.FailedSignInsPerMinute,
    },
    retentionDays: () => options.settings.now.Retention.Days,
    pendingSettings: () => options.settings.pending,
    hstsDays: Http.Tls?.HstsDays ?? 0,
  })
  const { Host: host, Port: port, Tls: tls } = Http
  const server = await openPageServer(app, { host, port, tls, clock, log }).catch(async (error: unknown) => {
    await readBack.stop()
    throw error
  })
  const { url } = server
  const parts = { server, events, readBack, ...startWork(options, recorder, watch, takeStudy) }
  const startFeed = () =>
    options.startFeed((arrival) => takeArrival(arrival).then(() => undefined), missingTaker(store, takeStudy))
  const feed = await startOrStop(startFeed, parts)
  const { about, dependencies, orthancProblems, pastStudies } = options
  reportStart({ url, about, dependencies, probeTimeoutMs, orthancProblems, pastStudies, log })
  const retraction = retractionOf(options.lineage, store.retractions)
  if (retraction !== undefined) log.warn('model.retracted', { model: retraction.model })
  const newLoginUrl = (): string => `${url}/login?code=${access.issueCode()}`
  return {
    url,
    loginUrl: newLoginUrl(),
    newLoginUrl,
    retraction,
    reload: async (reading) => {
      options.settings.takeOver(reading, log)
      await server.renewCertificate()
    },
    stop: async (graceMs = 10_000) => {
      log.info('service.stopping')
      await feed.stop()
      await stopParts(parts, graceMs)
      log.info('service.stopped')
    },
  }
}

/**
 * Retracts here first, then tells the other machines. If Redis is unavailable, each reconciliation tells them again.
 */
function retracter({ store, shared, lineage, clock, log }: ServiceOptions, recorder: StudyRecorder): RetractModel {
  const retract = modelRetracter(store, lineage, clock, recorder)
  return (asked, actor) => {
    const retraction = retract(asked, actor)
    shared?.tellRetraction(retraction).catch((error: unknown) => {
      log.failure('retraction.untold', error)
    })
    return retraction
  }
}

/** Starts the background work: reports of workers, the queue, withdrawals and retention. */
function startWork(
  options: ServiceOptions,
  recorder: StudyRecorder,
  watch: DeliveryWatch,
  takeStudy: TakeStudy,
): Pick<Parts, 'reports' | 'working' | 'delivering' | 'withdrawing' | 'stopRetention'> {
  const { settings, store, queue, shared, clock, log, random } = options
  const reports = shared?.follow(recorder)
  const working = runQueue({
    ...{ queue, clock, log, random, renewEveryMs, idleMs },
    mayTake: () =>
      Promise.try(() => {
        store.requireSound()
      }),
    reporter: shared?.reporter ?? recorder,
    triage: options.triage,
    concurrency: settings.now.Queue.Concurrency,
    maxAttempts: () => settings.now.Queue.MaxAttempts,
  })
  const studyOf = (studyInstanceUid: string): StudyRef =>
    store.studies.get(studyInstanceUid)?.study ?? { studyInstanceUid }
  const delivering = runDeliveries({
    ...{ watch, clock, log, random, deliveries: store.deliveries, results: store.results, idleMs },
    ...{ targets: options.delivery.targets, gate: options.delivery.gate },
    lookAtSource: (kept) => options.delivery.lookAtSource(studyOf(kept.results.studyInstanceUid), kept),
    analyseAgain: (studyInstanceUid) => takeStudy(studyOf(studyInstanceUid), 'normal', 'arrived'),
    retryDays: () => settings.now.Deliver.RetryDays,
    requireSound: () => {
      store.requireSound()
    },
  })
  const withdrawing = runWithdrawals({
    ...{ recorder, clock, log, random, retractions: store.retractions },
    idleMs: options.withdrawalPollMs ?? idleMs,
    withdraw: options.withdraw,
  })
  const stopRetention = keepRetention(store, queue, () => settings.now.Retention.Days, clock, log)
  return { reports, working, delivering, withdrawing, stopRetention }
}

/** Takes no study while the state cannot be written. Its feed then does not move, and announces it again. */
function whileSound(store: Store, takeStudy: TakeStudy): TakeStudy {
  return async (study, lane, cause) => {
    store.requireSound()
    return takeStudy(study, lane, cause)
  }
}

/** Reads the radiologists' conclusions of a study, whichever source announced it. */
function readingBack(readBack: RunningReadBack, takeArrival: TakeArrival): TakeArrival {
  return async (arrival, lane) => {
    const effect = await takeArrival(arrival, lane)
    await readBack.arrived(arrival)
    return effect
  }
}

interface Parts {
  readonly server: PageServer
  readonly events: EventStreams
  readonly working: BackgroundWork
  readonly delivering: BackgroundWork
  readonly withdrawing: BackgroundWork
  readonly readBack: RunningReadBack
  readonly reports: BackgroundWork | undefined
  readonly stopRetention: () => void
}

/** Starts the feed. If that fails, stops all other parts. */
async function startOrStop(start: () => Promise<BackgroundWork>, parts: Parts): Promise<BackgroundWork> {
  try {
    return await start()
  } catch (error) {
    await stopParts(parts, 0)
    throw error
  }
}

async function stopParts(parts: Parts, graceMs: number): Promise<void> {
  const { server, events, working, delivering, withdrawing, readBack, reports, stopRetention } = parts
  stopRetention()
  await readBack.stop()
  await Promise.all([working.stop(graceMs), delivering.stop(graceMs), withdrawing.stop(graceMs)])
  await reports?.stop()
  events.close()
  await server.close()
}
