import type { EnqueueEffect, CancelEffect } from '../../../src/service/queue/queue-effects.ts'
import type { EnqueueCause, Lane } from '../../../src/service/queue/queue.ts'
import { longestDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { type FinishedState, type JobState, isFinished } from '../../../src/service/queue/job-states.ts'

/** A study's job by the rules of the queue. */
export interface ModelJob {
  readonly uid: string
  lane: Lane
  /** Order of arrival. */
  place: number
  state: JobState
  attempt: number
  /** The claim of the worker that has the study: its index in `claims`. */
  holder: number | undefined
  /** On the steady clock. */
  leaseEndsMs: number
  /** By the time of day, for the process after a crash. */
  dueMs: number
  /** On the steady clock. */
  dueSteadyMs: number
  /** Enqueued again during the work. */
  cameAgain: boolean
  /** Was being worked on when a process ended. */
  suspect: boolean
  changedMs: number
}

/** A claim that a worker received, and may use although it has lost it. */
interface ModelClaim {
  readonly uid: string
  readonly attempt: number
}

/**
 * The rules of the queue over plain objects. It has no SQL and no receipts: a claim is valid while the job names it as
 * its holder.
 */
export class QueueModel {
  nowMs: number
  steadyMs = 0
  readonly claims: ModelClaim[] = []
  readonly #jobs = new Map<string, ModelJob>()
  readonly #leaseMs: number
  #places = 0

  constructor(nowMs: number, leaseMs: number) {
    this.nowMs = nowMs
    this.#leaseMs = leaseMs
  }

  job(uid: string): ModelJob | undefined {
    return this.#jobs.get(uid)
  }

  unfinished(): readonly ModelJob[] {
    return [...this.#jobs.values()].filter(({ state }) => !isFinished(state)).sort(byTurn)
  }

  enqueue(uid: string, lane: Lane, cause: EnqueueCause): EnqueueEffect {
    const job = this.#jobs.get(uid)
    if (job?.state === 'active') {
      job.cameAgain = true
      return 'after-current'
    }
    if (job?.state === 'waiting' && turn[lane] >= turn[job.lane]) return 'unchanged'
    if (job?.state === 'retrying' && cause === 'arrived') return 'unchanged'
    this.#places++
    this.#jobs.set(uid, {
      ...{ uid, lane, place: this.#places, state: 'waiting', attempt: 0, holder: undefined, leaseEndsMs: 0 },
      ...{ dueMs: 0, dueSteadyMs: 0, cameAgain: false, suspect: job?.suspect ?? false, changedMs: this.nowMs },
    })
    return 'queued'
  }

  cancel(uid: string): CancelEffect {
    const job = this.#jobs.get(uid)
    if (job === undefined || isFinished(job.state)) return 'nothing'
    if (job.state === 'active') {
      job.cameAgain = false
      return 'under-way'
    }
    this.#jobs.delete(uid)
    return 'cancelled'
  }

  /** Claims the next job. Returns it, or undefined if none is due. */
  claim(): ModelJob | undefined {
    const [next] = [...this.#jobs.values()].filter((job) => this.#mayStart(job)).sort(bySuspicion)
    if (next === undefined) return undefined
    next.attempt++
    next.holder = this.claims.push({ uid: next.uid, attempt: next.attempt }) - 1
    this.#change(next, { state: 'active', leaseEndsMs: this.steadyMs + this.#leaseMs })
    return next
  }

  /** A study that may have crashed a process starts only alone, and nothing starts beside it. */
  #mayStart(job: ModelJob): boolean {
    const beside = [...this.#jobs.values()].filter(
      ({ state, leaseEndsMs }) => state === 'active' && leaseEndsMs > this.steadyMs,
    )
    return this.#isDue(job) && (job.suspect ? beside.length === 0 : beside.every(({ suspect }) => !suspect))
  }

  #isDue({ state, dueSteadyMs, leaseEndsMs }: ModelJob): boolean {
    if (state === 'retrying') return dueSteadyMs <= this.steadyMs
    return state === 'waiting' || (state === 'active' && leaseEndsMs <= this.steadyMs)
  }

  /** The job of a claim, unless the claim is lost. */
  held(claim: number): ModelJob | undefined {
    const job = this.#jobs.get(this.claims[claim]!.uid)
    return job?.holder === claim ? job : undefined
  }

  renew(job: ModelJob): void {
    this.#change(job, { leaseEndsMs: this.steadyMs + this.#leaseMs })
  }

  finish(job: ModelJob, state: FinishedState): void {
    if (job.cameAgain) this.#change(job, { ...ended, state: 'waiting', attempt: 0, suspect: false })
    else this.#change(job, { ...ended, state, suspect: false })
  }

  retryIn(job: ModelJob, waitMs: number): void {
    const due = { dueMs: this.nowMs + waitMs, dueSteadyMs: this.steadyMs + waitMs }
    this.#change(job, { ...ended, state: 'retrying', suspect: false, ...due })
  }

  giveBack(job: ModelJob): void {
    this.#change(job, { ...ended, state: 'waiting', attempt: job.attempt - 1 })
  }

  purge(beforeMs: number): number {
    const old = [...this.#jobs.values()].filter(({ state, changedMs }) => isFinished(state) && changedMs < beforeMs)
    for (const { uid } of old) this.#jobs.delete(uid)
    return old.length
  }

  /** The process ends without a word to the queue, and the next one opens it. */
  crash(): void {
    for (const job of this.#jobs.values()) {
      const leftMs = Math.min(Math.max(job.dueMs - this.nowMs, 0), longestDelayMs)
      job.dueSteadyMs = this.steadyMs + leftMs
      if (job.state === 'active') this.#change(job, { ...ended, state: 'waiting', suspect: true })
    }
  }

  #change(job: ModelJob, changes: Partial<ModelJob>): void {
    Object.assign(job, changes, { changedMs: this.nowMs })
  }
}

/** Every end of the work releases the job. Only `finish` repeats a study that came again; the others run it anyway. */
const ended = { holder: undefined, cameAgain: false }

const turn: Readonly<Record<Lane, number>> = { urgent: 1, normal: 2, backfill: 3 }

function byTurn(one: ModelJob, other: ModelJob): number {
  return turn[one.lane] - turn[other.lane] || one.place - other.place
}

function bySuspicion(one: ModelJob, other: ModelJob): number {
  return Number(other.suspect) - Number(one.suspect) || byTurn(one, other)
}
