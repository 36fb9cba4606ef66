import { type BackgroundWork, runInBackground } from '../../background.ts'
import { type TriageError, asTriageError } from '../../errors/triage-error.ts'
import type { Log } from '../../log.ts'
import type { RetractionStore, Withdrawal } from './retraction.ts'
import { isStateFault } from '../store/state-fault.ts'
import { type RetryTiming, nextAttempt } from '../queue/retry-delay.ts'
import { workThrough } from '../queue/work-loop.ts'
import type { StudyRecorder } from '../studies/study-recorder.ts'

interface WithdrawalRunnerOptions extends RetryTiming {
  readonly retractions: RetractionStore
  readonly withdraw: (withdrawal: Withdrawal) => Promise<void>
  readonly recorder: StudyRecorder
  /** Poll interval when no withdrawal is due. */
  readonly idleMs: number
  readonly log: Log
}

/**
 * Withdraws results of retracted models, one by one, until stopped. All but permanent failures are retried
 * without limit, because no result that must not be used may be left behind. A withdrawal that `stop` interrupts is
 * repeated at the next start.
 */
export function runWithdrawals(options: WithdrawalRunnerOptions): BackgroundWork {
  const { retractions, clock, idleMs, log } = options
  return runInBackground((stopping) =>
    workThrough<Withdrawal>(
      {
        next: () => Promise.resolve(retractions.next(clock.now())),
        workOn: (withdrawal) => withdrawOne(withdrawal, options, stopping),
        failed: (error) => {
          log.failure('withdrawal.failed', error)
        },
        idleMs,
      },
      stopping,
    ),
  )
}

async function withdrawOne(
  withdrawal: Withdrawal,
  options: WithdrawalRunnerOptions,
  signal: AbortSignal,
): Promise<void> {
  const failure = await options.withdraw(withdrawal).then(() => undefined, asTriageError)
  // Stopped in the meantime: the store may be closed. The next start repeats the withdrawal.
  if (signal.aborted) return
  // Nothing is recorded, so the withdrawal stays due.
  if (failure !== undefined && isStateFault(failure)) throw failure
  if (failure === undefined) {
    options.retractions.done(withdrawal)
    options.recorder.withdrawn(withdrawal.studyInstanceUid)
  } else fail(withdrawal, failure, options)
}

function fail(withdrawal: Withdrawal, failure: TriageError, options: WithdrawalRunnerOptions): void {
  const { retractions, log } = options
  const { studyInstanceUid, attempt } = withdrawal
  const problem = { code: failure.code, reason: failure.message }
  const next = nextAttempt(failure, attempt, Infinity, options)
  if (next === undefined) {
    retractions.failed(withdrawal, problem)
    log.failure('withdrawal.failed', failure, { studyInstanceUid, attempt })
    return
  }
  retractions.retryAt(withdrawal, next.due, problem)
  log.failure('withdrawal.retrying', failure, { studyInstanceUid, attempt, retryInMs: next.waitMs })
}
