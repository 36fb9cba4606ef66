import { expect } from 'chai'
import { type SharedQueue, openSharedQueue } from '../../../src/service/cluster/open-shared-queue.ts'
import { createLog } from '../../../src/log.ts'
import { WorkerReportHandler } from '../../../src/service/cluster/worker-report-handler.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { inTempDir, prediction, realClock, resultsOf, studyUid } from '../fixtures.ts'

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
        const recorder = new StudyRecorder(store.studies, realClock, log)
        const { queue, results } = shared
        const handler = new WorkerReportHandler(recorder, { store, queue, results, embeddedFhir: () => undefined, log })
        await test({ store, recorder, handler })
      } finally {
        await shared.close()
        store.close()
      }
    })

  it('refuses studies and deliveries of a retracted model and of models made from it, and of no other', () =>
    withShared(async ({ retractions }) => {
      const [gate, other] = [retractions.gateFor([model]), retractions.gateFor(['pneumonia/0.2.0'])]
      const derived = retractions.gateFor(['pneumonia-int8/1.0.0', model])
      await derived.requireStanding()
      await gate.requireStanding()
      expect(await gate.deliver('key', () => Promise.resolve('sent'))).to.equal('sent')
      await retractions.tell({ model, at, actor: 'token' })
      for (const attempt of [
        Promise.resolve(gate.requireStanding()),
        gate.deliver('key', () => Promise.reject(new Error('sent'))),
        Promise.resolve(derived.requireStanding()),
      ]) {
        const failure = await failureOf(attempt)
        expect([failure.code, failure.failureClass]).to.deep.equal(['SERVICE_MODEL_RETRACTED', 'permanent'])
      }
      await other.requireStanding()
    }))

  it('tells every machine which messages were acknowledged to any other machine', () =>
    withShared(async ({ acknowledged }) => {
      expect(await acknowledged.has('A1')).to.equal(false)
      await acknowledged.add('A1')
      await withShared(async (elsewhere) => {
        expect(await elsewhere.acknowledged.has('A1')).to.equal(true)
        expect(await elsewhere.acknowledged.has('A2')).to.equal(false)
      })
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

  it('withdraws a retracted result again when a worker reports a retry, a dead letter or a delivery', () =>
    withHandler(async ({ store, recorder, handler }) => {
      const study = { studyInstanceUid: studyUid(1) }
      const finding = prediction(study.studyInstanceUid, 0.9)
      const kept = { prediction: finding, results: resultsOf(finding, new Uint8Array([1])) }
      recorder.arrived(study)
      store.results.keepResults(kept)
      store.retractions.retract({
        model: `${kept.prediction.model.name}/${kept.prediction.model.version}`,
        at,
        actor: 'token',
      })
      const failure = { code: 'SERVICE_MODEL_RETRACTED', message: 'retracted', failureClass: 'permanent' } as const
      const due = at.toISOString()
      for (const report of [
        { kind: 'retrying', study, attempt: 1, due, failure },
        { kind: 'dead', study, attempt: 2, failure },
        { kind: 'reported', study, resultKey: kept.results.resultKey, ms: {} },
      ] as const) {
        store.retractions.done(store.retractions.next(realClock.now())!)
        expect(store.retractions.next(realClock.now())).to.equal(undefined)
        await handler.handle(report)
        expect(store.retractions.next(realClock.now())?.resultKey, report.kind).to.equal(kept.results.resultKey)
      }
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
      const { retractions, acknowledged, keeperOf } = shared
      await redis.kill()
      try {
        const keeper = keeperOf({ studyInstanceUid: studyUid(3) })
        // In parallel: each fails only after several attempts to connect.
        const questions = [
          Promise.resolve(retractions.gateFor([model]).requireStanding()),
          acknowledged.has('A1'),
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
