import { randomBytes } from 'node:crypto'
import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { availableParallelism } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { ModelIdentity } from '../classify/prediction.ts'
import { freePort } from '../demo/free-port.ts'
import type { DemoStudy } from '../demo/sources.ts'
import { openSharedQueue } from '../service/cluster/open-shared-queue.ts'
import { leaseMs } from '../service/queue/intervals.ts'
import type { ReportReader, WorkReport } from '../service/cluster/work-reports.ts'
import { studyNotReported, tooFewProcessors } from './errors.ts'
import { ownProcessors } from './processors.ts'
import { endRedis, launchRedis } from './redis-process.ts'
import { type BenchmarkWorker, startWorker } from './start-worker.ts'

/** Throughput of workers that share a Redis, each with one study at a time on one processor and images in memory. */
export interface WorkersSpeed {
  /** Studies per second of one worker. */
  readonly one: number
  /** Studies per second of two workers. */
  readonly two: number
  readonly timesAsFast: number
  /** Number of studies that each of the two workers took. */
  readonly studiesOfEach: readonly number[]
}

interface WorkersOptions {
  readonly modelDir: string
  readonly model: ModelIdentity
  /** An empty folder for files. */
  readonly workDir: string
}

/**
 * Measures the same studies with one worker, then with two. Workers start warm, with all studies queued. Timing runs
 * from the first report of a worker to the last finished study.
 * @throws BENCHMARK_TOO_FEW_PROCESSORS, BENCHMARK_REDIS_DID_NOT_START, BENCHMARK_WORKER_ENDED or
 * BENCHMARK_STUDY_NOT_REPORTED
 */
export async function measureWorkers(studies: readonly DemoStudy[], options: WorkersOptions): Promise<WorkersSpeed> {
  // A CPU quota may allow fewer processors than the affinity mask lists.
  if (Math.min(availableParallelism(), (await ownProcessors()).length) < 2) throw tooFewProcessors()
  const studiesDir = join(options.workDir, 'studies')
  await mkdir(studiesDir, { recursive: true })
  for (const { studyInstanceUid, files } of studies) {
    await writeFile(join(studiesDir, `${studyInstanceUid}.dcm`), files[0]!.bytes)
  }
  const one = await measureRound(1, studies, studiesDir, options)
  const two = await measureRound(2, studies, studiesDir, options)
  return {
    one: hundredths(studies.length / one.seconds),
    two: hundredths(studies.length / two.seconds),
    timesAsFast: hundredths(one.seconds / two.seconds),
    studiesOfEach: two.studiesOfEach,
  }
}

function hundredths(value: number): number {
  return Math.round(100 * value) / 100
}

interface Round {
  readonly seconds: number
  readonly studiesOfEach: readonly number[]
}

/** Uses an empty Redis, so that no earlier result is found. */
async function measureRound(
  workerCount: number,
  studies: readonly DemoStudy[],
  studiesDir: string,
  { modelDir, model, workDir }: WorkersOptions,
): Promise<Round> {
  await using opened = new AsyncDisposableStack()
  const port = await freePort()
  opened.adopt(await launchRedis(await redisOptions(port, workDir)), (server) => endRedis(server, 'SIGTERM'))
  const sharing = { redisUrl: `redis://127.0.0.1:${port}`, secret: randomBytes(32).toString('hex') }
  const shared = opened.adopt(await openSharedQueue({ ...sharing, leaseMs }, undefined), (open) => open.close())
  await shared.publishCoordinatorModel(model)
  for (const { studyInstanceUid } of studies) await shared.queue.enqueue({ studyInstanceUid }, 'normal', 'arrived')
  const workers: BenchmarkWorker[] = []
  for (const processor of (await ownProcessors()).slice(0, workerCount)) {
    workers.push(
      opened.adopt(await startWorker({ ...sharing, modelDir, studiesDir }, processor), (worker) => worker.close()),
    )
  }
  for (const worker of workers) worker.begin()
  const seconds = await Promise.race([
    secondsUntilReported(shared.reader, studies.length),
    ...workers.map(({ endedEarly }) => endedEarly),
  ])
  return { seconds, studiesOfEach: await Promise.all(workers.map((worker) => worker.end())) }
}

/**
 * Redis writes to disk every second, its default with `appendonly`. The coordinator requeues jobs that a crash loses.
 */
async function redisOptions(port: number, workDir: string): Promise<string[]> {
  const dir = await mkdtemp(join(workDir, 'redis-'))
  const network = ['--port', String(port), '--bind', '127.0.0.1']
  return [...network, '--dir', dir, '--save', '', '--appendonly', 'yes']
}

const reportWaitMs = 1000

/** Reads the workers' reports as the coordinator does. */
async function secondsUntilReported(reader: ReportReader, studyCount: number): Promise<number> {
  let startMs: number | undefined
  const reported = new Set<string>()
  while (reported.size < studyCount) {
    const delivery = await reader.next(reportWaitMs)
    if (delivery === undefined) continue
    if (delivery.kind === 'unreadable') throw delivery.error
    startMs ??= performance.now()
    if (isReported(delivery.report)) reported.add(delivery.report.study.studyInstanceUid)
    await reader.delete(delivery.id)
  }
  return (performance.now() - startMs!) / 1000
}

/** @throws BENCHMARK_STUDY_NOT_REPORTED if the study will not be reported */
function isReported(report: WorkReport): boolean {
  switch (report.kind) {
    case 'reported':
      return true
    case 'started':
      return false
    case 'dead':
      throw studyNotReported(report.failure.message)
    case 'skipped':
    case 'retrying':
    case 'waiting':
      throw studyNotReported(report.kind)
  }
}
