import type { StudyRef } from '../../intake/study.ts'
import type { FinishedState, JobState } from './job-states.ts'

/**
 * Urgent studies are worked on before all others, and past ones, which a backfill names, after all others; within a lane the order is
 * that of arrival.
 */
export const lanes = ['urgent', 'normal', 'backfill'] as const
export type Lane = (typeof lanes)[number]

/**
 * Why a study is put in the queue. `arrived`: the archive named it (again: it grew, or it is told twice). `asked-for`: a person
 * wants it worked on now, whatever became of it before.
 */
export type EnqueueCause = 'arrived' | 'asked-for'

/**
 * What enqueueing did. `unchanged`: it is waiting already. `after-current`: it is being worked on, maybe from an older list of
 * images, and comes again when that ends.
 */
export type EnqueueEffect = 'queued' | 'unchanged' | 'after-current'

/** Effect of a cancellation. `under-way`: the current run finishes and is not repeated. `nothing`: the study was not in the queue. */
export type CancelEffect = 'cancelled' | 'under-way' | 'nothing'

/** A study given to one worker until its lease ends. */
export interface Claim {
  readonly study: StudyRef
  /** Counted before the work, from 1: a file that kills its process has used up an attempt all the same. */
  readonly attempt: number
  /** Proves the claim; one that lapsed and was given to another worker is refused. */
  readonly receipt: string
}

export interface Job {
  readonly study: StudyRef
  readonly state: JobState
  readonly attempt: number
}

/**
 * Durable jobs, one a study. Holds no patient data. Methods that take a claim throw SERVICE_CLAIM_LOST when it is no longer
 * theirs. `test/service/queue/queue-contract.ts` is what every implementation passes.
 */
export interface Queue {
  /** Idempotent: a study is never in the queue twice. */
  enqueue(study: StudyRef, lane: Lane, cause: EnqueueCause): Promise<EnqueueEffect>
  /** Takes a study out that nobody works on now; its job is forgotten. */
  cancel(studyInstanceUid: string): Promise<CancelEffect>
  /**
   * The next job that is due, counted as one more attempt; undefined when there is none. Takes over lapsed leases, at once or
   * within another half of a lease.
   */
  claim(): Promise<Claim | undefined>
  /** Begins the lease anew. */
  renew(claim: Claim): Promise<void>
  /** Ends the work. A study that came again meanwhile waits again. */
  finish(claim: Claim, state: FinishedState): Promise<void>
  /** Due again at that time. */
  retryAt(claim: Claim, due: Date): Promise<void>
  /** Due again at once, maybe behind others of its lane, and the attempt was none: the worker stopped before it could try. */
  giveBack(claim: Claim): Promise<void>
  job(studyInstanceUid: string): Promise<Job | undefined>
  unfinished(): Promise<readonly Job[]>
  /** Calls back when there may be work sooner than a consumer expects. Returns what ends that. */
  onWork(listener: () => void): () => void
  /** Forgets jobs finished before then. Says how many. */
  purge(before: Date): Promise<number>
  close(): Promise<void>
}
