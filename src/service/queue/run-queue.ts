import { type BackgroundWork, runInBackground } from '../../background.ts'
import { type TriageError, asTriageError } from '../../errors/triage-error.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { StudyOutcome } from '../../pipeline.ts'
import { attemptsUsedUp, claimLost } from './errors.ts'
import type { Log } from '../../log.ts'
import type { Claim, Queue } from './queue.ts'
import { type RetryTiming, nextAttempt } from './retry-delay.ts'
import { StatePause } from './state-pause.ts'
import { isStateFault } from '../store/state-fault.ts'
import { type WorkSource, workThrough } from './work-loop.ts'
import type { WorkReporter } from './work-reporter.ts'

interface QueueRunnerOptions extends RetryTiming {
  readonly queue: Queue
  readonly reporter: WorkReporter
  /** Called before each claim. If it throws, no study is claimed, and it is called again after a pause. */
  readonly mayTake?: () => Promise<void>
  readonly triage: (study: StudyRef) => Promise<StudyOutcome>
  /** Number of studies processed at the same time. */
  readonly concurrency: number
  /** Read at each attempt. */
  readonly maxAttempts: () => number
  /** Interval of lease renewals, well below the queue's lease. */
  readonly renewEveryMs: number
  /** Poll interval of an idle consumer, for retries that become due. */
  readonly idleMs: number
  readonly log: Log
}

/**
 * Works through the queue until stopped. No failure of a study, of the queue or of the state ends a consumer. `stop` returns studies
 * to the queue if they do not finish within `graceMs`.
 */
export function runQueue(options: QueueRunnerOptions): BackgroundWork {
  const runner = new QueueRunner(options)
  const consumers = runInBackground((stopping) =>
    Promise.all(Array.from({ length: options.concurrency }, () => workThrough(runner, stopping))),
  )
  return {
    stop: async (graceMs) => {
      await consumers.stop(graceMs)
      await runner.giveBackAll()
    },
  }
}

class QueueRunner implements WorkSource<Claim> {
  readonly idleMs: number
  readonly #options: QueueRunnerOptions
  /** Claims being worked on, each with the timer that renews it. */
  readonly #underWay = new Map<Claim, NodeJS.Timeout>()
  /** Claims whose work failed because the state cannot be written. They go back before anything else is claimed. */
  readonly #owed = new Set<Claim>()
  /** All consumers wait for one and the same pass. */
  #payingBack: Promise<void> | undefined
  readonly #statePause: StatePause

  constructor(options: QueueRunnerOptions) {
    this.#options = options
    this.idleMs = options.idleMs
    this.#statePause = new StatePause(options.clock)
  }

  async next(): Promise<Claim | undefined> {
    if (this.#statePause.lasts()) return undefined
    await this.#options.mayTake?.()
    // Before the claim, which would take over their lapsed leases and count another attempt.
    this.#payingBack ??= this.#payBackAll().finally(() => (this.#payingBack = undefined))
    await this.#payingBack
    return this.#options.queue.claim()
  }

  async #payBackAll(): Promise<void> {
    for (const claim of this.#owed) await this.#payBack(claim)
  }

  async #payBack(claim: Claim): Promise<void> {
    const { queue, reporter, log } = this.#options
    try {
      await queue.renew(claim)
      await reporter.waiting(claim.study)
      await queue.giveBack(claim)
    } catch (error) {
      if (isStateFault(error)) throw error
      // The study was given to another worker, or its lease then lapses on its own.
      log.failure('queue.failed', error, claim.study)
    }
    this.#owed.delete(claim)
  }

  onWork(listener: () => void): () => void {
    return this.#options.queue.onWork(listener)
  }

  failed(error: unknown): void {
    if (isStateFault(error)) this.#statePause.begin()
    this.#options.log.failure('queue.failed', error)
  }

  /** A fault of our own state is never charged to the study: its attempt does not count. */
  async workOn(claim: Claim): Promise<void> {
    try {
      await this.#workOn(claim)
      this.#statePause.end()
    } catch (error) {
      if (isStateFault(error)) this.#owed.add(claim)
      throw error
    }
  }

  async #workOn(claim: Claim): Promise<void> {
    const { queue, reporter } = this.#options
    const maxAttempts = this.#options.maxAttempts()
    if (claim.attempt > maxAttempts) {
      await reporter.dead(claim.study, maxAttempts, attemptsUsedUp(maxAttempts))
      await queue.finish(claim, 'dead')
      return
    }
    await reporter.started(claim.study, claim.attempt)
    const renewal = setInterval(() => void this.#renew(claim), this.#options.renewEveryMs)
    this.#underWay.set(claim, renewal)
    try {
      await this.#settle(claim, await this.#attempt(claim.study))
    } finally {
      this.#release(claim)
    }
  }

  #release(claim: Claim): void {
    clearInterval(this.#underWay.get(claim))
    this.#underWay.delete(claim)
  }

  async #attempt(study: StudyRef): Promise<StudyOutcome | TriageError> {
    try {
      return await this.#options.triage(study)
    } catch (thrown) {
      return asTriageError(thrown)
    }
  }

  /**
   * Reports the outcome before it ends the job: after a crash in between, the study is processed again with the same
   * results. A worker that lost its lease reports nothing: another worker has the study.
   */
  async #settle(claim: Claim, outcome: StudyOutcome | TriageError): Promise<void> {
    const { queue, reporter } = this.#options
    // The study was returned to the queue while it was being processed.
    if (!this.#underWay.has(claim)) return
    await queue.renew(claim)
    if (outcome instanceof Error) {
      if (isStateFault(outcome)) throw outcome
      await this.#fail(claim, outcome)
      return
    }
    await reporter.ended(claim.study, outcome)
    await queue.finish(claim, outcome.kind === 'skipped' ? 'skipped' : 'done')
  }

  async #fail(claim: Claim, error: TriageError): Promise<void> {
    const { queue, reporter, maxAttempts } = this.#options
    const next = nextAttempt(error, claim.attempt, maxAttempts(), this.#options)
    if (next === undefined) {
      await reporter.dead(claim.study, claim.attempt, error)
      await queue.finish(claim, 'dead')
      return
    }
    await reporter.retrying(claim.study, claim.attempt, next.due, error)
    await queue.retryIn(claim, next.waitMs)
  }

  async #renew(claim: Claim): Promise<void> {
    try {
      await this.#options.queue.renew(claim)
    } catch (error) {
      // If the queue could not be reached, the claim may still be valid.
      this.#options.log.failure(claimLost.matches(error) ? 'study.claim-lost' : 'queue.failed', error, claim.study)
    }
  }

  async giveBackAll(): Promise<void> {
    for (const claim of [...this.#underWay.keys(), ...this.#owed]) await this.#giveBack(claim)
  }

  async #giveBack(claim: Claim): Promise<void> {
    const { queue, reporter, log } = this.#options
    this.#release(claim)
    try {
      // As in `#settle`: a worker that lost its lease reports nothing.
      await queue.renew(claim)
      await reporter.waiting(claim.study)
      await queue.giveBack(claim)
    } catch (error) {
      // The lease then lapses on its own.
      log.failure('queue.failed', error)
    }
  }
}
