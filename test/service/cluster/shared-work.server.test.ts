import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, readdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { type SharedQueue, openSharedQueue } from '../../../src/service/cluster/open-shared-queue.ts'
import { type FollowOptions, catchUp, followReports } from '../../../src/service/cluster/follow-reports.ts'
import { createLog } from '../../../src/log.ts'
import { WorkerReportHandler } from '../../../src/service/cluster/worker-report-handler.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { resumeStudies, studyTaker } from '../../../src/service/studies/take-study.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { inTempDir, planted, realClock, studyUid, until, resultKeyOf, noEffects } from '../fixtures.ts'

const program = fileURLToPath(new URL('shared-worker.ts', import.meta.url))
const secret = 'the secret that all machines of these tests share'
/** Only a test in which a worker dies waits for the end of a lease. A busy machine can miss renewals of a short one. */
const [shortLeaseMs, longLeaseMs] = [2000, 60_000]
const log = createLog({ level: 'silent', studyKey: (uid) => uid })

interface Bench {
  readonly redis: RedisServer
  readonly store: SqliteStore
  readonly shared: SharedQueue
  readonly following: FollowOptions
  readonly take: (number: number) => Promise<unknown>
  /** @param hangsAt the worker starts that many studies and never finishes the last of them */
  readonly startWorker: (hangsAt?: number) => ChildProcess
  /** Steps that workers noted, as `[step, study, worker, what]`. */
  readonly diary: () => readonly (readonly string[])[]
  readonly stateOf: (number: number) => string | undefined
  /** Whether a worker has ended these studies, which the coordinator may not know yet. */
  readonly ended: (...numbers: readonly number[]) => Promise<boolean>
}

/** A coordinator without pages and intake, a Redis that persists every write, and workers as separate processes. */
async function onBench(test: (bench: Bench) => Promise<void>, leaseMs = longLeaseMs): Promise<void> {
  await inTempDir(async (dir) => {
    const redis = await startRedis('every-write')
    const store = new SqliteStore(join(dir, 'store.sqlite'))
    const shared = await openSharedQueue({ redisUrl: redis.url, secret, leaseMs }, store)
    const { queue, results, reader } = shared
    const recorder = new StudyRecorder(store.studies, realClock, log, noEffects)
    const taker = studyTaker(recorder, queue, log)
    const diaryFile = join(dir, 'diary')
    writeFileSync(diaryFile, '')
    const workers: ChildProcess[] = []
    try {
      await test({
        ...{ redis, store, shared },
        following: {
          ...{ reader, log, clock: realClock, reconcileEveryMs: 200 },
          handler: new WorkerReportHandler(recorder, { store, queue, results, log }),
          reconcile: () => resumeStudies(store.studies, recorder, queue).then(() => undefined),
        },
        take: (number) => taker({ studyInstanceUid: studyUid(number) }, 'normal', 'arrived'),
        startWorker: (hangsAt = 0) => {
          const args = [redis.url, secret, diaryFile, String(leaseMs), String(hangsAt)]
          const worker = spawn(process.execPath, [program, ...args], {
            stdio: ['ignore', 'ignore', 'inherit'],
          })
          workers.push(worker)
          return worker
        },
        diary: () =>
          readFileSync(diaryFile, 'utf8')
            .split('\n')
            .filter((line) => line !== '')
            .map((line) => line.split(' ')),
        stateOf: (number) => store.studies.get(studyUid(number))?.progress.state,
        ended: async (...numbers) => {
          const jobs = await Promise.all(numbers.map((number) => queue.job(studyUid(number))))
          return jobs.every((job) => job?.state === 'done')
        },
      })
    } finally {
      for (const worker of workers) await end(worker, 'SIGKILL')
      await shared.close()
      store.close()
      await redis.stop()
    }
  })
}

async function end(worker: ChildProcess, signal: NodeJS.Signals): Promise<void> {
  if (worker.exitCode !== null || worker.signalCode !== null) return
  worker.kill(signal)
  await once(worker, 'exit')
}

/** Expects one result per study: the same bytes in the store and in every delivery. */
function expectOneResultEach({ store, diary }: Bench, numbers: readonly number[]): void {
  for (const uid of numbers.map(studyUid)) {
    const delivered = new Set(
      diary().flatMap(([step, study, , what]) => (step === 'report' && study === uid ? what : [])),
    )
    const kept =
      store.results.keptResults(resultKeyOf(uid))?.results.parts.structuredReport?.[0]?.bytes ?? new Uint8Array()
    expect([...delivered], uid).to.deep.equal([Buffer.from(kept).toString()])
    expect(store.studies.get(uid)?.finding).to.deep.include({ kind: 'analysed', decision: 'present' })
  }
}

describe('work shared through Redis', function () {
  this.timeout(120_000)
  const numbers = Array.from({ length: 24 }, (_, index) => index + 1)

  it('yields one result per study, even if a worker is killed and Redis restarts', () =>
    onBench(async (bench) => {
      const { take, startWorker, diary, stateOf, redis, following } = bench
      const reports = followReports(following)
      try {
        const victim = startWorker(3)
        for (const number of numbers.slice(0, 12)) await take(number)
        await until(() => diary().filter(([step]) => step === 'start').length === 3)
        await end(victim, 'SIGKILL')
        const orphans = diary().filter(([step]) => step === 'start').length
        const delivered = diary().filter(([step]) => step === 'report').length
        expect(orphans, 'killed in the middle of a study').to.be.greaterThan(delivered)

        startWorker()
        startWorker()
        await until(() => diary().filter(([step]) => step === 'ready').length === 3)
        await until(() => diary().filter(([step]) => step === 'report').length >= delivered + 4)
        await redis.kill()
        await redis.restart()
        for (const number of numbers.slice(12)) await take(number)
        await until(() => numbers.every((number) => stateOf(number) === 'done'))
        await until(async () => (await bench.shared.queue.unfinished()).length === 0)
      } finally {
        await reports.stop()
      }
      expectOneResultEach(bench, numbers)
      const started = diary().filter(([step]) => step === 'start')
      expect(new Set(started.map(([, , worker]) => worker)).size).to.equal(3)
    }, shortLeaseMs))

  it('continues while the coordinator is down, which then catches up on all reports', () =>
    onBench(async (bench) => {
      const { take, startWorker, stateOf, ended, following } = bench
      startWorker()
      for (const number of [1, 2, 3]) await take(number)
      await until(() => ended(1, 2, 3))
      expect([1, 2, 3].map(stateOf)).to.deep.equal(['waiting', 'waiting', 'waiting'])
      await catchUp(following)
      expect([1, 2, 3].map(stateOf)).to.deep.equal(['done', 'done', 'done'])
      expectOneResultEach(bench, [1, 2, 3])
    }))

  it('sends the same bytes when a study is enqueued again', () =>
    onBench(async (bench) => {
      const { take, startWorker, diary, ended, redis, following } = bench
      startWorker()
      await take(1)
      await until(() => ended(1))
      await catchUp(following)
      // As if the results had expired after the study ended.
      const client = new Redis(redis.url)
      await client.del(`lung-triage:results:${studyUid(1)}`)
      client.disconnect()
      await take(1)
      const deliveries = () => diary().filter(([step]) => step === 'report').length
      await until(async () => deliveries() === 2 && (await ended(1)))
      await catchUp(following)
      expect(deliveries()).to.equal(2)
      expectOneResultEach(bench, [1])
    }))

  it('repeats a study whose results Redis lost before the coordinator stored them', () =>
    onBench(async (bench) => {
      const { take, startWorker, redis, stateOf, ended, following } = bench
      const worker = startWorker()
      await take(1)
      await until(() => ended(1))
      await end(worker, 'SIGTERM')
      const client = new Redis(redis.url)
      await client.del(`lung-triage:results:${studyUid(1)}`)
      client.disconnect()
      await catchUp(following)
      expect(stateOf(1)).to.equal('active')
      startWorker()
      await until(() => ended(1))
      await catchUp(following)
      expect(stateOf(1)).to.equal('done')
    }))

  it('requeues a study whose job Redis lost', () =>
    onBench(async (bench) => {
      const { take, startWorker, redis, stateOf, following } = bench
      await take(1)
      const client = new Redis(redis.url)
      await client.flushall()
      client.disconnect()
      const reports = followReports(following)
      startWorker()
      await until(() => stateOf(1) === 'done')
      await reports.stop()
      expectOneResultEach(bench, [1])
    }))

  it('leaves no patient name, patient ID or secret in the Redis files, and lets results expire', () =>
    onBench(async (bench) => {
      const { take, startWorker, ended, redis, following } = bench
      startWorker()
      await take(1)
      await until(() => ended(1))
      const inFiles = readdirSync(redis.dir, { recursive: true, withFileTypes: true })
        .filter((entry) => entry.isFile())
        .map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1'))
        .join()
      expect(inFiles).to.include(studyUid(1)).and.include('lung-triage:results')
      for (const secretText of [planted.name, planted.id, '"A-1"', secret]) expect(inFiles).to.not.include(secretText)
      await catchUp(following)
      expect(
        bench.store.results.keptResults(resultKeyOf(studyUid(1)))?.prediction.source['00100020']?.Value,
      ).to.deep.equal([planted.id])

      const client = new Redis(redis.url)
      expect(await client.ttl(`lung-triage:results:${studyUid(1)}`), 'expires soon').to.be.within(1, 600)
      expect(await client.xlen('lung-triage:reports')).to.equal(0)
      client.disconnect()
    }))
})
