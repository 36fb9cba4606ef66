import { setTimeout as delay } from 'node:timers/promises'
import { type TriageError, asTriageError } from '../../errors.ts'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import type { RetractionShelf, Withdrawal } from './retraction.ts'
import { retryDelayMs } from '../queue/retry-delay.ts'
import type { StudyJournal } from '../studies/study-journal.ts'

export interface WithdrawalRunnerOptions {
  readonly retractions: RetractionShelf
  readonly withdraw: (withdrawal: Withdrawal) => Promise<void>
  readonly journal: StudyJournal
  /** Longest wait before a look whether there is something to withdraw. */
  readonly idleMs: number
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
  readonly log: Log
}

export interface RunningWithdrawals {
  /** Begins no other, and waits that long for the one under way; cut off, it is done again at the next start. */
  stop(graceMs: number): Promise<void>
}

/**
 * Withdraws results of retracted models, one after the other, until stopped. What may pass is tried for as long as it takes: a result
 * that is not to be used is never forgotten.
 */
export function runWithdrawals(options: WithdrawalRunnerOptions): RunningWithdrawals {
  const stopping = new AbortController()
  const ended = work(options, stopping.signal)
  return {
    stop: async (graceMs) => {
      stopping.abort()
      const grace = new AbortController()
      await Promise.race([ended, delay(graceMs, undefined, { signal: grace.signal }).catch(() => undefined)])
      grace.abort()
    },
  }
}

async function work(options: WithdrawalRunnerOptions, signal: AbortSignal): Promise<void> {
  const { retractions, clock, idleMs, log } = options
  const idle = () => delay(idleMs, undefined, { signal }).catch(() => undefined)
  while (!signal.aborted) {
    try {
      const withdrawal = retractions.next(clock.now())
      if (withdrawal === undefined) await idle()
      else await withdrawOne(withdrawal, options, signal)
    } catch (error) {
      log.failure('withdrawal.failed', error)
      await idle()
    }
  }
}

async function withdrawOne(
  withdrawal: Withdrawal,
  options: WithdrawalRunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const failure = await options.withdraw(withdrawal).then(() => undefined, asTriageError)
  // Stopped while it ran: the store may be closed, and the next start does it again.
  if (signal.aborted) return
  if (failure === undefined) {
    options.retractions.done(withdrawal)
    options.journal.withdrawn(withdrawal.studyInstanceUid)
  } else fail(withdrawal, failure, options)
}

function fail(withdrawal: Withdrawal, failure: TriageError, options: WithdrawalRunnerOptions): void {
  const { retractions, clock, random, log } = options
  const { studyInstanceUid, attempt } = withdrawal
  const problem = { code: failure.code, reason: failure.message }
  if (failure.failureClass === 'permanent') {
    retractions.failed(withdrawal, problem)
    log.failure('withdrawal.failed', failure, { studyInstanceUid, attempt })
    return
  }
  const retryInMs = retryDelayMs(failure.failureClass, attempt, random())
  retractions.retryAt(withdrawal, new Date(clock.now().getTime() + retryInMs), problem)
  log.failure('withdrawal.retrying', failure, { studyInstanceUid, attempt, retryInMs })
}
