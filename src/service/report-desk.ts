import { modelName } from '../classify/model-name.ts'
import type { FhirSink } from '../deliver/fhir-sink.ts'
import { TriageError } from '../errors.ts'
import type { StudyRef } from '../intake/study.ts'
import type { KeptResults } from '../pipeline.ts'
import type { Log } from './log.ts'
import type { Queue } from './queue.ts'
import type { RedisResults } from './redis-results.ts'
import type { Store } from './store.ts'
import type { StudyJournal } from './study-journal.ts'
import type { WorkReport } from './work-reports.ts'

export interface ReportDeskOptions {
  readonly store: Store
  readonly queue: Queue
  readonly results: RedisResults
  /** Where FHIR bundles go that the workers do not deliver: into the coordinator's own store, if no FHIR server is set. */
  readonly embeddedFhir: FhirSink | undefined
  readonly log: Log
}

/** Acts on the reports of workers, as the coordinator: results into the store, the rest into the journal. Safe to repeat. */
export class ReportDesk {
  readonly #options: ReportDeskOptions
  readonly #journal: StudyJournal

  constructor(journal: StudyJournal, options: ReportDeskOptions) {
    this.#journal = journal
    this.#options = options
  }

  async act(report: WorkReport): Promise<void> {
    const { study } = report
    switch (report.kind) {
      case 'started':
        this.#journal.started(study, report.attempt)
        return
      case 'waiting':
        this.#journal.waiting(study)
        return
      case 'built':
        await this.#takeResults(study, report.inputKey)
        return
      case 'retrying':
        this.#journal.retrying(study, report.attempt, new Date(report.due), errorOf(report.failure))
        return
      case 'reported':
        await this.#reported(report)
        return
      case 'skipped':
        this.#journal.skipped(study, report.problem)
        break
      case 'dead':
        this.#journal.dead(study, report.attempt, errorOf(report.failure))
    }
    await this.#options.results.letGo(study.studyInstanceUid)
  }

  async #reported({ study, inputKey, ms }: Extract<WorkReport, { kind: 'reported' }>): Promise<void> {
    const { queue, results, embeddedFhir, log } = this.#options
    const kept = await this.#takeResults(study, inputKey)
    if (kept === undefined) {
      // They lapsed while the coordinator was away, or Redis lost them. Built again they are the same.
      log.warn('study.results-lost', study)
      await queue.enqueue(study, 'normal', 'asked-for')
      return
    }
    await embeddedFhir?.store(kept.results.fhir)
    this.#withdrawIfRetracted(inputKey, kept)
    this.#journal.reported(study, { prediction: kept.prediction, resultKey: kept.results.resultKey, ms })
    await results.letGo(study.studyInstanceUid)
  }

  /** A worker may have built or delivered it while its model was being retracted; what was withdrawn before that is so again. */
  #withdrawIfRetracted(inputKey: string, { prediction }: KeptResults): void {
    const { retractions } = this.#options.store
    const retraction = retractions.get(modelName(prediction.model))
    if (retraction === undefined) return
    retractions.retract(retraction)
    retractions.renew(inputKey)
  }

  async #takeResults({ studyInstanceUid }: StudyRef, inputKey: string): Promise<KeptResults | undefined> {
    const shelf = this.#options.store.results
    const held = shelf.keptResults(inputKey)
    if (held !== undefined) return held
    const brought = await this.#options.results.kept(studyInstanceUid, inputKey)
    if (brought === undefined) return undefined
    shelf.keepResults(inputKey, brought)
    this.#withdrawIfRetracted(inputKey, brought)
    return brought
  }
}

function errorOf({ code, failureClass, message }: Extract<WorkReport, { kind: 'dead' }>['failure']): TriageError {
  return new TriageError(code, failureClass, message)
}
