import { expect } from 'chai'
import { type SharedQueue, openSharedQueue } from '../../../src/service/cluster/open-shared-queue.ts'
import { createLog } from '../../../src/log.ts'
import { WorkerReportHandler } from '../../../src/service/cluster/worker-report-handler.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { findingKeysOf, resultKey } from '../../../src/report/uids.ts'
import { inTempDir, noEffects, prediction, realClock, resultsOf, studyUid } from '../fixtures.ts'

const secret = 'the secret that all machines of these tests share'
const model = 'pneumonia/0.1.0'
const at = new Date('2026-04-02T10:00:00Z')
const log = createLog({ level: 'silent', studyKey: (uid) => uid })

interface HandlerBench {
  readonly store: SqliteStore
  readonly recorder: StudyRecorder
  readonly handler: WorkerReportHandler
}

describe('state that machines share through Redis', function () {
  this.timeout(60_000)
  let redis: RedisServer
  before(async () => {
    redis = await startRedis()
  })
  after(() => redis.stop())

  const open = (store?: SqliteStore) => openSharedQueue({ redisUrl: redis.url, secret, leaseMs: 2000 }, store)
  const withShared = async (test: (shared: SharedQueue) => Promise<void>): Promise<void> => {
    const shared = await open()
    try {
      await test(shared)
    } finally {
      await shared.close()
    }
  }

  /** A coordinator that handles workers' reports. */
  const withHandler = (test: (bench: HandlerBench) => Promise<void>): Promise<void> =>
    inTempDir(async (dir) => {
      const store = new SqliteStore(`${dir}/store.sqlite`)
      const shared = await open(store)
      try {
        const recorder = new StudyRecorder(store.studies, realClock, log, noEffects)
        const { queue, results } = shared
        const handler = new WorkerReportHandler(recorder, { store, queue, results, log })
        await test({ store, recorder, handler })
      } finally {
        await shared.close()
        store.close()
      }
    })

  it('refuses studies of a retracted model and of models made from it, and of no other', () =>
    withShared(async ({ retractions }) => {
      const affected = [[model], ['pneumonia-int8/1.0.0', model]] as const
      for (const lineage of affected) await retractions.requireStanding(lineage)
      await retractions.tell({ model, at, actor: 'token' })
      for (const lineage of affected) {
        const failure = await failureOf(retractions.requireStanding(lineage))
        expect([failure.code, failure.failureClass]).to.deep.equal(['SERVICE_MODEL_RETRACTED', 'permanent'])
      }
      await retractions.requireStanding(['pneumonia/0.2.0'])
    }))

  it('tells a worker the latest results of its study, how often they were built, and what a person decided', () =>
    inTempDir(async (dir) => {
      const store = new SqliteStore(`${dir}/store.sqlite`)
      const coordinator = await open(store)
      const worker = await open()
      try {
        const [known, fresh] = [studyUid(21), studyUid(22)]
        const finding = prediction(known, 0.9)
        const { findingKey } = findingKeysOf(finding)
        const results = { ...resultsOf(finding, Uint8Array.of(1)), resultKey: resultKey(findingKey, 0) }
        store.results.keepResults({ prediction: finding, results })
        store.results.decideIdentity(results.resultKey, 'another-person')
        for (const studyInstanceUid of [known, fresh]) {
          await coordinator.queue.enqueue({ studyInstanceUid }, 'normal', 'arrived')
        }
        const told = async (studyInstanceUid: string) => {
          const keeper = worker.keeperOf({ studyInstanceUid })
          const key = await keeper.latestResultKey(studyInstanceUid)
          const verdict = await keeper.identityVerdict(results.resultKey)
          return [key, await keeper.latestRevision(studyInstanceUid, findingKey), verdict]
        }
        expect(await told(known)).to.deep.equal([results.resultKey, 0, 'another-person'])
        expect(await told(fresh)).to.deep.equal([undefined, undefined, undefined])
        const kept = await worker.keeperOf({ studyInstanceUid: known }).keptResults(results.resultKey)
        expect(kept?.prediction).to.deep.equal(finding)
        store.retractions.withdraw(results.resultKey, 'source-rejected', at)
        await coordinator.queue.cancel(known)
        await coordinator.queue.enqueue({ studyInstanceUid: known }, 'normal', 'arrived')
        expect(await told(known), 'a withdrawn result is not built upon').to.deep.equal([
          undefined,
          0,
          'another-person',
        ])
      } finally {
        await worker.close()
        await coordinator.close()
        store.close()
      }
    }))

  it('brings the rejected images of a study to the coordinator', () =>
    withShared(async ({ reporter, reader }) => {
      const study = { studyInstanceUid: studyUid(23) }
      const finding = prediction(study.studyInstanceUid, 0.9)
      const results = resultsOf(finding, Uint8Array.of(1))
      const reason = { code: 'REJECTED', reason: 'The images were rejected.' } as const
      await reporter.ended(study, { kind: 'skipped', reasons: [reason], rejected: ['1.2.3'] })
      await reporter.ended(study, { kind: 'reported', prediction: finding, results, ms: {}, rejected: ['1.2.4'] })
      for (const rejected of [['1.2.3'], ['1.2.4']]) {
        const delivery = await reader.next(1000)
        expect(delivery?.kind === 'report' && delivery.report).to.deep.include({ rejected })
        await reader.delete(delivery!.id)
      }
    }))

  it('rejects a worker whose model differs from that of the coordinator', () =>
    withShared(async (shared) => {
      const own = { name: 'pneumonia', version: '0.1.0', digest: 'ab'.repeat(32) }
      await shared.publishCoordinatorModel(own)
      await shared.checkCoordinatorModel(own)
      const failure = await failureOf(
        shared.checkCoordinatorModel({ ...own, version: '0.2.0', digest: 'cd'.repeat(32) }),
      )
      expect(failure.code).to.equal('SERVICE_MODEL_DIFFERS')
      expect(failure.message).to.include('pneumonia 0.2.0').and.include('pneumonia 0.1.0')
    }))

  it('ignores a late report on a cancelled study until the study arrives again', () =>
    withHandler(async ({ store, recorder, handler }) => {
      const study = { studyInstanceUid: studyUid(2) }
      recorder.arrived(study)
      recorder.cancelled(study)
      const failure = { code: 'HTTP_BUSY', message: 'busy', failureClass: 'transient' } as const
      await handler.handle({ kind: 'retrying', study, attempt: 1, due: at.toISOString(), failure })
      expect(store.studies.get(study.studyInstanceUid)?.progress.state).to.equal('skipped')
      recorder.arrived(study)
      await handler.handle({ kind: 'started', study, attempt: 1 })
      expect(store.studies.get(study.studyInstanceUid)?.progress.state).to.equal('active')
    }))

  it('treats an unreachable Redis as a transient failure', () =>
    withShared(async (shared) => {
      const { retractions, keeperOf } = shared
      await redis.kill()
      try {
        const keeper = keeperOf({ studyInstanceUid: studyUid(3) })
        // In parallel: each fails only after several attempts to connect.
        const questions = [
          retractions.requireStanding([model]),
          Promise.resolve(keeper.keptResults('a key')),
          Promise.resolve(keeper.latestResultKey(studyUid(3))),
          shared.checkCoordinatorModel({ name: 'pneumonia', version: '0.1.0', digest: '' }),
        ]
        for (const failure of await Promise.all(questions.map(failureOf))) {
          expect([failure.code, failure.failureClass]).to.deep.equal(['SERVICE_REDIS_FAILED', 'transient'])
        }
      } finally {
        await redis.restart()
      }
    }))
})
