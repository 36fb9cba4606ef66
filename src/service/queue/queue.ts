import type { CancelEffect, EnqueueEffect } from './queue-effects.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { FinishedState, JobState } from './job-states.ts'

/**
 * In order of priority: urgent studies first, past studies from a backfill last. Within a lane, studies run in order of
 * arrival.
 */
export const lanes = ['urgent', 'normal', 'backfill'] as const
export type Lane = (typeof lanes)[number]

/**
 * Why a study is enqueued. `arrived`: the archive announced it, perhaps again because it grew or was announced twice.
 * `asked-for`: a user asked for it, or its results were lost; it is due immediately, even during back-off.
 */
export type EnqueueCause = 'arrived' | 'asked-for'

/** A study leased to one worker. */
export interface Claim {
  readonly study: StudyRef
  /** Counted from 1, and before the work starts, so that a file that crashes the process also uses up an attempt. */
  readonly attempt: number
  /** Proves the claim. It is refused once the lease has lapsed and another worker has the study. */
  readonly receipt: string
}

export interface Job {
  readonly study: StudyRef
  readonly state: JobState
  readonly attempt: number
}

/**
 * Durable jobs, one per study. They identify the study and hold no other patient data. Methods that take a claim throw
 * SERVICE_CLAIM_LOST if it is lost. Every implementation passes `test/service/queue/queue-contract.ts`.
 */
export interface Queue {
  /** Idempotent: a study is never in the queue twice. */
  enqueue(study: StudyRef, lane: Lane, cause: EnqueueCause): Promise<EnqueueEffect>
  /** Deletes the job of a study, unless a worker has it. The current run is then not repeated. */
  cancel(studyInstanceUid: string): Promise<CancelEffect>
  /**
   * Claims the next due job and counts the attempt; undefined if no job is due. Takes over lapsed leases no later than
   * half a lease after they lapse.
   */
  claim(): Promise<Claim | undefined>
  /** Restarts the lease. */
  renew(claim: Claim): Promise<void>
  /** Ends the work. A study that was enqueued again during the work returns to waiting. */
  finish(claim: Claim, state: FinishedState): Promise<void>
  /** Schedules a retry. The wait is measured, so that it does not change if a clock is set. */
  retryIn(claim: Claim, waitMs: number): Promise<void>
  /**
   * Returns the study to the queue, due immediately but possibly behind others of its lane. The attempt does not count,
   * because the worker is stopping.
   */
  giveBack(claim: Claim): Promise<void>
  job(studyInstanceUid: string): Promise<Job | undefined>
  unfinished(): Promise<readonly Job[]>
  /** Calls back when there may be new work. Returns the function that unsubscribes. */
  onWork(listener: () => void): () => void
  /** Deletes jobs that finished before `before`. Returns their number. */
  purge(before: Date): Promise<number>
  /** Rejects if the queue cannot be read and written. Changes nothing. */
  probe(): Promise<void>
  close(): Promise<void>
}
