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

/** Worker processes on a Redis of their own, each with one study at a time on one processor; images lie in memory. */
export interface WorkersSpeed {
  /** Studies a second of one worker. */
  readonly one: number
  /** Of two. */
  readonly two: number
  readonly timesAsFast: number
  /** How the two shared the studies. */
  readonly studiesOfEach: readonly number[]
}

interface WorkersOptions {
  readonly modelDir: string
  readonly model: ModelIdentity
  /** An empty folder for files. */
  readonly workDir: string
}

/**
 * Has the same studies done by one worker, then by two. The clock runs from the first study taken to the last reported, when all are
 * queued and all workers are warm.
 * @throws BENCHMARK_TOO_FEW_PROCESSORS, BENCHMARK_REDIS_DID_NOT_START, BENCHMARK_WORKER_ENDED, BENCHMARK_STUDY_NOT_REPORTED
 */
export async function measureWorkers(studies: readonly DemoStudy[], options: WorkersOptions): Promise<WorkersSpeed> {
  // A quota may leave less than the processors that it is spread over.
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

/** On an empty Redis, so that no earlier result is found. */
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
  await shared.leaveMark(model)
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

/** On disk within a second, as README asks for: what a crash loses of that, the coordinator puts back. */
async function redisOptions(port: number, workDir: string): Promise<string[]> {
  const dir = await mkdtemp(join(workDir, 'redis-'))
  const network = ['--port', String(port), '--bind', '127.0.0.1']
  return [...network, '--dir', dir, '--save', '', '--appendonly', 'yes']
}

const reportWaitMs = 1000

/** Receives the workers' reports as the coordinator does. */
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

/** @throws BENCHMARK_STUDY_NOT_REPORTED where it never will be */
function isReported(report: WorkReport): boolean {
  switch (report.kind) {
    case 'reported':
      return true
    case 'started':
    case 'built':
      return false
    case 'dead':
      throw studyNotReported(report.failure.message)
    case 'skipped':
    case 'retrying':
    case 'waiting':
      throw studyNotReported(report.kind)
  }
}
