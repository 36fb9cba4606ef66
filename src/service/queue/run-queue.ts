import { setTimeout as delay } from 'node:timers/promises'
import { type TriageError, asTriageError } from '../../errors.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { StudyOutcome } from '../../pipeline.ts'
import type { Clock } from '../../clock.ts'
import { attemptsUsedUp } from '../errors.ts'
import type { Log } from '../../log.ts'
import type { Claim, Queue } from './queue.ts'
import { retryDelayMs } from './retry-delay.ts'
import type { WorkReporter } from './work-reporter.ts'

export interface QueueRunnerOptions {
  readonly queue: Queue
  readonly reporter: WorkReporter
  /** Asked before each study; where it throws none is taken, and it is asked again a little later. */
  readonly mayTake?: () => Promise<void>
  readonly triage: (study: StudyRef) => Promise<StudyOutcome>
  /** Studies worked on at the same time. */
  readonly concurrency: number
  /** Asked at each attempt. */
  readonly maxAttempts: () => number
  /** Well below the queue's lease. */
  readonly renewEveryMs: number
  /** Longest wait before a look whether a retry has become due. */
  readonly idleMs: number
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: Log
}

export interface RunningQueue {
  /** Takes nothing new, waits that long for what is under way, and gives back the rest. */
  stop(graceMs: number): Promise<void>
}

/** Works through the queue until stopped. A failure of a study never ends a consumer, nor does one of the queue itself. */
export function runQueue(options: QueueRunnerOptions): RunningQueue {
  const runner = new QueueRunner(options)
  const consumers = Array.from({ length: options.concurrency }, () => runner.consume())
  return { stop: (graceMs) => runner.stop(graceMs, consumers) }
}

/** A queue that could not be asked says nothing of who has the study. */
function isClaimLost(error: unknown): boolean {
  return asTriageError(error).code === 'SERVICE_CLAIM_LOST'
}

class QueueRunner {
  readonly #options: QueueRunnerOptions
  readonly #stopping = new AbortController()
  /** Claims being worked on, each with the timer that renews it. */
  readonly #underWay = new Map<Claim, NodeJS.Timeout>()

  constructor(options: QueueRunnerOptions) {
    this.#options = options
  }

  async consume(): Promise<void> {
    const { queue, log } = this.#options
    while (!this.#stopping.signal.aborted) {
      const work = this.#nextWork()
      try {
        await this.#options.mayTake?.()
        const claim = await queue.claim()
        if (claim === undefined) await work.wait()
        else await this.#workOn(claim)
      } catch (error) {
        log.failure('queue.failed', error)
        await work.wait()
      } finally {
        work.forget()
      }
    }
  }

  /** Listens before the queue is asked, so that work that comes between the two is not slept through. */
  #nextWork(): { wait: () => Promise<void>; forget: () => void } {
    const came = new AbortController()
    const unsubscribe = this.#options.queue.onWork(() => {
      came.abort()
    })
    const signal = AbortSignal.any([came.signal, this.#stopping.signal])
    return {
      wait: () => delay(this.#options.idleMs, undefined, { signal }).catch(() => undefined),
      forget: unsubscribe,
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
      this.#letGo(claim)
    }
  }

  #letGo(claim: Claim): void {
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
   * What became of the study is told before the job ends: killed between the two, it is done again, with the same results. A worker
   * that was silent for too long tells nothing: the study, and the word on it, are another's.
   */
  async #settle(claim: Claim, outcome: StudyOutcome | TriageError): Promise<void> {
    const { queue, reporter } = this.#options
    // Given back while it ran.
    if (!this.#underWay.has(claim)) return
    await queue.renew(claim)
    if (outcome instanceof Error) {
      await this.#fail(claim, outcome)
      return
    }
    await reporter.ended(claim.study, outcome)
    await queue.finish(claim, outcome.kind === 'skipped' ? 'skipped' : 'done')
  }

  async #fail(claim: Claim, error: TriageError): Promise<void> {
    const { queue, reporter, maxAttempts, clock, random } = this.#options
    if (error.failureClass === 'permanent' || claim.attempt >= maxAttempts()) {
      await reporter.dead(claim.study, claim.attempt, error)
      await queue.finish(claim, 'dead')
      return
    }
    const waitMs = retryDelayMs(error.failureClass, claim.attempt, random())
    const due = new Date(clock.now().getTime() + waitMs)
    await reporter.retrying(claim.study, claim.attempt, due, error)
    await queue.retryAt(claim, due)
  }

  async #renew(claim: Claim): Promise<void> {
    try {
      await this.#options.queue.renew(claim)
    } catch (error) {
      this.#options.log.failure(isClaimLost(error) ? 'study.claim-lost' : 'queue.failed', error, claim.study)
    }
  }

  async stop(graceMs: number, consumers: readonly Promise<void>[]): Promise<void> {
    this.#stopping.abort()
    const grace = new AbortController()
    const ended = Promise.all(consumers)
    await Promise.race([ended, delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)])
    grace.abort()
    for (const claim of [...this.#underWay.keys()]) await this.#giveBack(claim)
  }

  async #giveBack(claim: Claim): Promise<void> {
    const { queue, reporter, log } = this.#options
    this.#letGo(claim)
    try {
      await reporter.waiting(claim.study)
      await queue.giveBack(claim)
    } catch (error) {
      // Its lease lapses by itself.
      log.failure('queue.failed', error)
    }
  }
}
