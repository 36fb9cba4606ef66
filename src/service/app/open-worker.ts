import { modelLineage } from '../../classify/model-name.ts'
import { OrthancClient } from '../../clients/orthanc-client.ts'
import { openArchive } from '../../intake/open-archive.ts'
import { openSharedQueue, sharedQueueSettings } from '../cluster/open-shared-queue.ts'
import { openTriage } from '../../analyse/open-triage.ts'
import { systemClock } from '../../clock.ts'
import { queueNotShared } from '../cluster/errors.ts'
import { createLog } from '../../log.ts'
import { describeRedis } from '../cluster/redis-connection.ts'
import type { SettingsReading } from '../../settings/read-settings.ts'
import { runQueue } from '../queue/run-queue.ts'
import { idleMs, renewEveryMs } from '../queue/intervals.ts'
import { SettingsInForce } from '../../settings/settings-in-force.ts'
import type { Settings } from '../../settings/settings.ts'
import { aboutThis } from './about.ts'
import { studyKeyOf, tracingOf } from './observing.ts'
import { serversOf } from '../../clients/servers.ts'
import { studyTriage } from './study-triage.ts'

/** A process that works on studies and keeps no state of its own. */
interface RunningWorker {
  readonly about: { readonly queue: string; readonly model: string; readonly engine: string }
  /** Applies reloaded settings, except those that need a restart. */
  reload(reading: SettingsReading): Promise<void>
  /** Takes no new study. Running studies get `graceMs` to finish; the others go back to the queue. */
  stop(graceMs?: number): Promise<void>
}

/**
 * Opens the shared queue, loads the model and works through the queue.
 * @throws SERVICE_QUEUE_NOT_SHARED, SERVICE_REDIS_UNREACHABLE, SERVICE_REDIS_EVICTS, SERVICE_COORDINATOR_MISSING,
 *   SERVICE_SEAL_BROKEN, SERVICE_MODEL_DIFFERS
 */
export async function openWorker(settings: Settings): Promise<RunningWorker> {
  const sharing = sharedQueueSettings(settings)
  if (sharing === undefined) throw queueNotShared()
  await using opened = new AsyncDisposableStack()
  const shared = opened.adopt(await openSharedQueue(sharing, undefined), (open) => open.close())
  const triage = opened.adopt(await openTriage(settings), (open) => open.close())
  await shared.checkCoordinatorModel(triage.analyser.model)
  const servers = serversOf(settings)
  const orthanc = servers.orthanc && new OrthancClient(servers.orthanc)
  const inForce = new SettingsInForce(settings)
  const lineage = modelLineage(triage.folder.manifest)
  const studyKey = studyKeyOf(settings)
  const log = createLog({ level: 'info', studyKey })
  const about = aboutThis(triage)
  const tracing = opened.adopt(await tracingOf(settings, about['Version'] ?? '', studyKey, log), (open) => open.close())
  const working = runQueue({
    ...{ queue: shared.queue, reporter: shared.reporter, clock: systemClock, log, renewEveryMs, idleMs },
    // A coordinator that restarted with a different model must not receive this worker's results.
    mayTake: () => shared.checkCoordinatorModel(triage.analyser.model),
    triage: studyTriage({
      ...{ triage, tracing, keeperOf: shared.keeperOf },
      archive: openArchive(servers.dicomWeb, orthanc),
      bySettings: inForce.built((now) => triage.under(now)),
      requireStandingModel: () => shared.retractions.requireStanding(lineage),
    }),
    concurrency: settings.Queue.Concurrency,
    maxAttempts: () => inForce.now.Queue.MaxAttempts,
    random: Math.random,
  })
  const { Model: model = '', Engine: engine = '' } = about
  log.info('worker.started', { model, engine })
  const running = opened.move()
  return {
    about: { queue: describeRedis(sharing.redisUrl), model, engine },
    reload: (reading) => {
      inForce.takeOver(reading, log)
      return Promise.resolve()
    },
    stop: async (graceMs = 10_000) => {
      log.info('worker.stopping')
      await working.stop(graceMs)
      await running.disposeAsync()
      log.info('worker.stopped')
    },
  }
}
