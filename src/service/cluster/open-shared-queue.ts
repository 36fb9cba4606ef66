import type { Redis } from 'ioredis'
import type { ModelIdentity } from '../../classify/prediction.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { ResultKeeper } from '../../pipeline.ts'
import { type CoordinatorLease, type LeaseOptions, takeLease } from './coordinator-lease.ts'
import { checkCoordinatorModel, publishCoordinatorModel } from './coordinator-model.ts'
import { describeRedis, openCommands, openListener, probeRedis } from './redis-connection.ts'
import { RedisQueue } from '../queue/redis-queue.ts'
import { RedisResults } from './redis-results.ts'
import { RedisWorkReporter, redisKeeper } from './redis-work-reporter.ts'
import { SharedRetractions } from './shared-retractions.ts'
import { Seal } from './seal.ts'
import { leaseMs } from '../queue/intervals.ts'
import type { Store } from '../store/store.ts'
import type { WorkReporter } from '../queue/work-reporter.ts'
import { ReportReader, ReportSender } from './work-reports.ts'
import type { Settings } from '../../settings/settings.ts'

/** Settings of a queue that is shared through Redis. */
interface SharedQueueSettings {
  readonly redisUrl: string
  readonly secret: string
  /** Duration of a lease. A worker that does not renew it in time loses its study to another. */
  readonly leaseMs: number
}

export function sharedQueueSettings({ Queue }: Settings): SharedQueueSettings | undefined {
  const { RedisUrl: redisUrl, Secret: secret } = Queue
  return redisUrl === undefined || secret === undefined ? undefined : { redisUrl, secret, leaseMs }
}

/** The queue on Redis, and everything else that workers need. */
export interface SharedQueue {
  readonly queue: RedisQueue
  readonly reporter: WorkReporter
  readonly results: RedisResults
  readonly reader: ReportReader
  readonly retractions: SharedRetractions
  readonly keeperOf: (study: StudyRef) => ResultKeeper
  /** Coordinator only: takes the lease that excludes a second coordinator. */
  takeLease(options: Omit<LeaseOptions, 'server'>): Promise<CoordinatorLease>
  /** Coordinator only: publishes its model. */
  publishCoordinatorModel(model: ModelIdentity): Promise<void>
  /** Worker only: rejects a coordinator whose secret or model differs. */
  checkCoordinatorModel(model: ModelIdentity): Promise<void>
  close(): Promise<void>
}

const probeTimeoutMs = 5000

/**
 * @param store the coordinator's store, which supplies workers with earlier results; undefined in a worker
 * @throws SERVICE_REDIS_UNREACHABLE, SERVICE_REDIS_EVICTS
 */
export async function openSharedQueue(
  { redisUrl, secret, leaseMs }: SharedQueueSettings,
  store: Store | undefined,
): Promise<SharedQueue> {
  await probeRedis(redisUrl, probeTimeoutMs)
  const commands = openCommands(redisUrl)
  const reading = openListener(redisUrl)
  const seal = new Seal(secret)
  const results = new RedisResults(commands, seal)
  const sender = new ReportSender(commands, seal)
  const queue = new RedisQueue({
    ...{ redisUrl, leaseMs, silenceCheckMs: leaseMs / 4 },
    ...(store && { beforeEnqueue: (study) => layOutResults(study, store, results) }),
  })
  return {
    ...{
      queue,
      results,
      reporter: new RedisWorkReporter(sender),
      reader: new ReportReader({ reading, commands }, seal),
      retractions: new SharedRetractions(commands),
    },
    keeperOf: (study) => redisKeeper(study, results),
    takeLease: (options) => takeLease(commands, { ...options, server: describeRedis(redisUrl) }),
    publishCoordinatorModel: (model) => publishCoordinatorModel(commands, seal, model),
    checkCoordinatorModel: (model) => checkCoordinatorModel(commands, seal, model, describeRedis(redisUrl)),
    close: () => closeAll(queue, [commands, reading]),
  }
}

/**
 * Publishes a study's latest result, so that its worker resends the same bytes or names the result that a new one
 * supersedes.
 */
async function layOutResults({ studyInstanceUid }: StudyRef, store: Store, results: RedisResults): Promise<void> {
  const resultKey = store.results.latestResultKey(studyInstanceUid)
  const kept = resultKey === undefined ? undefined : store.results.keptResults(resultKey)
  const revisions = store.results.latestRevisions(studyInstanceUid)
  const verdict = resultKey === undefined ? undefined : store.results.identityVerdict(resultKey)
  if (kept !== undefined || revisions.size > 0) await results.layOut(studyInstanceUid, { kept, revisions, verdict })
}

async function closeAll(queue: RedisQueue, connections: readonly Redis[]): Promise<void> {
  await queue.close()
  for (const connection of connections) connection.disconnect()
}
