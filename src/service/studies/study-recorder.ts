import { EventEmitter } from 'node:events'
import type { TriageError } from '../../errors/triage-error.ts'
import type { Judgement, OpinionSource } from '../../feedback/opinion.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { Prediction } from '../../classify/prediction.ts'
import type { ResultObjects } from '../../report/result-objects.ts'
import type { StudyOutcome } from '../../pipeline.ts'
import type { Clock } from '../../clock.ts'
import type { StepTimes } from '../../stopwatch.ts'
import { type Problem, toFinding } from '../store/finding.ts'
import type { Log } from '../../log.ts'
import type { Progress, StudyLedger } from '../store/store.ts'
import type { WorkReporter } from '../queue/work-reporter.ts'

/** The part of an outcome that the ledger records. */
interface Reported {
  readonly prediction: Prediction
  readonly results: ReportedResults
  readonly ms: StepTimes
}

type ReportedResults = Pick<ResultObjects, 'studyInstanceUid' | 'resultKey'>

/** What follows from an outcome besides its record. Durable when it returns. */
export interface StudyEffects {
  /** Queues results for their targets, and takes back those of another patient. */
  deliver(results: ReportedResults, prediction: Prediction): void
  /** Takes back the results on images that were rejected in the archive. */
  takeBackRejected(studyInstanceUid: string, rejected: readonly string[]): void
}

/** Records what happens to studies, first in the ledger and then in the log, and notifies listeners. */
export class StudyRecorder implements WorkReporter {
  readonly #ledger: StudyLedger
  readonly #clock: Clock
  readonly #log: Log
  readonly #effects: StudyEffects
  readonly #watchers = new EventEmitter<{ change: [] }>().setMaxListeners(0)

  constructor(ledger: StudyLedger, clock: Clock, log: Log, effects: StudyEffects) {
    this.#ledger = ledger
    this.#clock = clock
    this.#log = log
    this.#effects = effects
  }

  /** Calls back at every change of a study. Returns a function that stops it. */
  onChange(listener: () => void): () => void {
    this.#watchers.on('change', listener)
    return () => this.#watchers.off('change', listener)
  }

  arrived(study: StudyRef): void {
    this.#ledger.arrived(study, this.#clock.now())
    this.#watchers.emit('change')
  }

  waiting({ studyInstanceUid }: StudyRef): void {
    this.#moveTo(studyInstanceUid, { state: 'waiting' })
    this.#log.info('study.given-back', { studyInstanceUid })
  }

  cancelled({ studyInstanceUid }: StudyRef): void {
    this.#moveTo(studyInstanceUid, {
      state: 'skipped',
      problem: { code: 'CANCELLED', reason: 'A user cancelled the analysis.' },
    })
    this.#log.info('study.cancelled', { studyInstanceUid })
  }

  started({ studyInstanceUid }: StudyRef, attempt: number): void {
    this.#moveTo(studyInstanceUid, { state: 'active', attempt })
    this.#log.info('study.started', { studyInstanceUid, attempt })
  }

  ended(study: StudyRef, outcome: StudyOutcome): void {
    this.rejected(study, outcome.rejected ?? [])
    if (outcome.kind === 'skipped') this.skipped(study, skipProblem(outcome.reasons))
    else this.reported(study, outcome)
  }

  /** Images of the study were rejected in the archive. */
  rejected({ studyInstanceUid }: StudyRef, rejected: readonly string[]): void {
    if (rejected.length > 0) this.#effects.takeBackRejected(studyInstanceUid, rejected)
  }

  skipped({ studyInstanceUid }: StudyRef, problem: Problem): void {
    this.#moveTo(studyInstanceUid, { state: 'skipped', problem })
    this.#log.info('study.skipped', { studyInstanceUid, code: problem.code })
  }

  /** The finding stands on the page at once; the targets get it in their own time. */
  reported({ studyInstanceUid }: StudyRef, { prediction, results, ms }: Reported): void {
    this.#effects.deliver(results, prediction)
    this.#ledger.found(studyInstanceUid, toFinding(prediction, results.resultKey, ms), this.#clock.now())
    this.#watchers.emit('change')
    const decision = prediction.kind === 'analysed' ? prediction.decision : prediction.kind
    this.#log.info('study.reported', { studyInstanceUid, decision, ms })
  }

  retrying({ studyInstanceUid }: StudyRef, attempt: number, retryAt: Date, error: TriageError): void {
    this.#moveTo(studyInstanceUid, { state: 'retrying', attempt, retryAt, problem: problemOf(error) })
    const retryInMs = retryAt.getTime() - this.#clock.now().getTime()
    this.#log.failure('study.retrying', error, { studyInstanceUid, attempt, retryInMs })
  }

  dead({ studyInstanceUid }: StudyRef, attempt: number, error: TriageError): void {
    this.#moveTo(studyInstanceUid, { state: 'dead', attempt, problem: problemOf(error) })
    this.#log.failure('study.dead', error, { studyInstanceUid, attempt })
  }

  /** All results of the model now count as withdrawn. `count` of them have yet to be withdrawn from their targets. */
  modelRetracted(model: string, count: number): void {
    this.#watchers.emit('change')
    this.#log.warn('model.retracted', { model, count })
  }

  /** A result of the study was withdrawn from every target, because its model was retracted. */
  withdrawn(studyInstanceUid: string): void {
    this.#watchers.emit('change')
    this.#log.info('study.withdrawn', { studyInstanceUid })
  }

  /** A reader's opinion was recorded. */
  judged(studyInstanceUid: string, judgement: Judgement, source: OpinionSource): void {
    this.#watchers.emit('change')
    this.#log.info('study.judged', { studyInstanceUid, judgement, source })
  }

  /** Something of a study changed that the ledger does not hold: its deliveries. */
  changed(): void {
    this.#watchers.emit('change')
  }

  #moveTo(studyInstanceUid: string, progress: Progress): void {
    this.#ledger.moveTo(studyInstanceUid, progress, this.#clock.now())
    this.#watchers.emit('change')
  }
}

function problemOf({ code, message }: TriageError): Problem {
  return { code, reason: message }
}

/**
 * Combines the images' reasons into one problem for the study. Each distinct reason is stated once, because the images
 * of a CT usually share the same one.
 */
export function skipProblem(reasons: readonly Problem[]): Problem {
  const distinct = [...new Map(reasons.map((reason) => [reason.code, reason])).values()]
  const [first] = distinct
  if (first === undefined) return { code: 'NO_IMAGES', reason: 'The archive lists no image in this study.' }
  return { code: first.code, reason: distinct.map(({ reason }) => reason).join(' ') }
}
