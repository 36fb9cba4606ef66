import type { Actor } from '../../web/access/access.ts'
import type { Problem } from '../store/finding.ts'

/** A model whose results are not to be used any more, and that never works here again. */
export interface Retraction {
  /** See model-name.ts. */
  readonly model: string
  readonly at: Date
  readonly actor: Actor
}

/** A kept result of a retracted model that is to be withdrawn wherever it went. */
export interface Withdrawal {
  /** Key under which the result is kept. */
  readonly inputKey: string
  readonly resultKey: string
  readonly studyInstanceUid: string
  readonly retraction: Retraction
  /** Counted from 1. */
  readonly attempt: number
}

/** How far a retraction is. */
export interface WithdrawalProgress {
  readonly pending: number
  readonly done: number
  readonly failed: number
  /** What keeps results from being withdrawn, each once. */
  readonly problems: readonly Problem[]
}

/** Retracted models, and what is left to do about their results. */
export interface RetractionStore {
  /**
   * From this moment the model's results count as withdrawn here, and each kept one waits to be withdrawn where it went. Again, it keeps
   * its first date, and what failed or waits for its next attempt is tried anew at once.
   */
  retract(retraction: Retraction): void
  /** Has a kept result withdrawn, though it may have been already, if its model is retracted: something may have been delivered of it since. */
  withdrawOnceMore(inputKey: string): void
  get(model: string): Retraction | undefined
  all(): readonly Retraction[]
  progress(model: string): WithdrawalProgress
  /** A withdrawal that is due, if there is one. */
  next(now: Date): Withdrawal | undefined
  done(withdrawal: Withdrawal): void
  retryAt(withdrawal: Withdrawal, due: Date, problem: Problem): void
  failed(withdrawal: Withdrawal, problem: Problem): void
}
