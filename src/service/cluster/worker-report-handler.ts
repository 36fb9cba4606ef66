import { errorFromData } from '../../errors/error-data.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { KeptResults } from '../../pipeline.ts'
import type { Log } from '../../log.ts'
import type { Queue } from '../queue/queue.ts'
import type { RedisResults } from './redis-results.ts'
import type { Store } from '../store/store.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'
import type { WorkReport } from './work-reports.ts'

interface WorkerReportHandlerOptions {
  readonly store: Store
  readonly queue: Queue
  readonly results: RedisResults
  readonly log: Log
}

/** Reports that put a study into an unfinished state. */
const ongoing: ReadonlySet<WorkReport['kind']> = new Set(['started', 'waiting', 'retrying'])

/** Handles workers' reports for the coordinator: stores the results and records the study's progress. Idempotent. */
export class WorkerReportHandler {
  readonly #options: WorkerReportHandlerOptions
  readonly #recorder: StudyRecorder

  constructor(recorder: StudyRecorder, options: WorkerReportHandlerOptions) {
    this.#recorder = recorder
    this.#options = options
  }

  async handle(report: WorkReport): Promise<void> {
    const { study } = report
    if (this.#isCancelled(study) && ongoing.has(report.kind)) return
    switch (report.kind) {
      case 'started':
        this.#recorder.started(study, report.attempt)
        return
      case 'waiting':
        this.#recorder.waiting(study)
        return
      case 'retrying':
        this.#recorder.retrying(study, report.attempt, new Date(report.due), errorFromData(report.failure))
        return
      case 'reported':
        await this.#reported(report)
        return
      case 'skipped':
        this.#recorder.rejected(study, report.rejected ?? [])
        this.#recorder.skipped(study, report.problem)
        break
      case 'dead':
        this.#recorder.dead(study, report.attempt, errorFromData(report.failure))
    }
    await this.#options.results.discard(study.studyInstanceUid)
  }

  /** A report that was sent before a user cancelled the study must not revive it. */
  #isCancelled({ studyInstanceUid }: StudyRef): boolean {
    const progress = this.#options.store.studies.get(studyInstanceUid)?.progress
    return progress?.state === 'skipped' && progress.problem.code === 'CANCELLED'
  }

  async #reported({ study, resultKey, ms, rejected = [] }: Extract<WorkReport, { kind: 'reported' }>): Promise<void> {
    const { queue, results, log } = this.#options
    const kept = await this.#takeResults(study, resultKey)
    if (kept === undefined) {
      // The results expired while the coordinator was down, or Redis lost them. A new run builds the same results.
      log.warn('study.results-lost', study)
      await queue.enqueue(study, 'normal', 'asked-for')
      return
    }
    this.#recorder.rejected(study, rejected)
    this.#recorder.reported(study, { ...kept, ms })
    await results.discard(study.studyInstanceUid)
  }

  async #takeResults({ studyInstanceUid }: StudyRef, resultKey: string): Promise<KeptResults | undefined> {
    const { results } = this.#options.store
    const held = results.keptResults(resultKey)
    if (held !== undefined) return held
    const brought = await this.#options.results.kept(studyInstanceUid, resultKey)
    if (brought === undefined) return undefined
    results.keepResults(brought)
    return brought
  }
}
