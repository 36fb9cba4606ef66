import type { Actor } from '../../web/access/access.ts'
import type { WithdrawalCause } from '../../report/withdrawal-cause.ts'
import type { Problem } from '../store/finding.ts'

/** A model whose results must not be used and that never analyses studies here again. */
export interface Retraction {
  /** See model-name.ts. */
  readonly model: string
  readonly at: Date
  readonly actor: Actor
}

/** A stored result that must not be used any more, to be withdrawn from every target. */
export interface Withdrawal {
  readonly resultKey: string
  readonly studyInstanceUid: string
  readonly cause: WithdrawalCause
  /** When it became known. */
  readonly at: Date
  /** Counted from 1. */
  readonly attempt: number
}

/** The progress of a retraction. */
export interface WithdrawalProgress {
  readonly pending: number
  readonly done: number
  readonly failed: number
  /** The distinct reasons why results could not be withdrawn, at most 20. */
  readonly problems: readonly Problem[]
}

/** Retracted models, and the withdrawals of their results. */
export interface RetractionStore {
  /**
   * From now on the model's results count as withdrawn here, and each stored one is queued for withdrawal from its
   * targets. Repeating a retraction keeps its original date and immediately retries its failed and delayed withdrawals.
   */
  retract(retraction: Retraction): void
  /** Queues one result for withdrawal. Its pending deliveries are dropped. */
  withdraw(resultKey: string, cause: WithdrawalCause, at: Date): void
  get(model: string): Retraction | undefined
  all(): readonly Retraction[]
  progress(model: string): WithdrawalProgress
  /** A withdrawal that is due, if any. */
  next(now: Date): Withdrawal | undefined
  done(withdrawal: Withdrawal): void
  retryAt(withdrawal: Withdrawal, due: Date, problem: Problem): void
  failed(withdrawal: Withdrawal, problem: Problem): void
}
