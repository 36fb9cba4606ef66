import { once } from 'node:events'
import { type BackgroundWork, pause, runInBackground } from '../../background.ts'
import { asTriageError, isRetried, unexpected } from '../../errors/triage-error.ts'
import type { Clock } from '../../clock.ts'
import type { Log } from '../../log.ts'
import { isStateFault } from '../store/state-fault.ts'
import type { WorkerReportHandler } from './worker-report-handler.ts'
import type { Delivery, ReportReader } from './work-reports.ts'

export interface FollowOptions {
  readonly reader: ReportReader
  readonly handler: WorkerReportHandler
  /** Reconciles ledger and queue. Called while no report is pending. */
  readonly reconcile: () => Promise<void>
  readonly reconcileEveryMs: number
  readonly clock: Clock
  readonly log: Log
}

const waitMs = 500
const pauseAfterFailureMs = 1000

/** Handles all reports that arrived while no coordinator was running. */
export async function catchUp({ reader, handler, log }: FollowOptions): Promise<void> {
  for (;;) {
    const delivery = await reader.next(0)
    if (delivery === undefined) return
    await actOn(delivery, handler, log)
    await reader.delete(delivery.id)
  }
}

/**
 * Handles reports in order until stopped. A report whose failure may pass (Redis is unavailable, the disk is full) is
 * retried before any later one. A report with a permanent failure is logged and dropped.
 */
export function followReports(options: FollowOptions): BackgroundWork {
  return runInBackground((stopping) => follow(options, stopping))
}

async function follow(options: FollowOptions, stopping: AbortSignal): Promise<void> {
  const { reader, handler, reconcile, reconcileEveryMs, clock, log } = options
  // While Redis is unavailable the read blocks until it is back. Stopping must not wait for that.
  const stopped = once(stopping, 'abort').then(() => 'stopped' as const)
  let reconciledMs = clock.steadyMs()
  while (!stopping.aborted) {
    try {
      const delivery = await Promise.race([reader.next(waitMs), stopped])
      if (delivery === 'stopped') return
      if (delivery !== undefined) {
        await actOn(delivery, handler, log)
        await reader.delete(delivery.id)
      } else if (clock.steadyMs() - reconciledMs >= reconcileEveryMs) {
        await reconcile()
        reconciledMs = clock.steadyMs()
      }
    } catch (error) {
      log.failure('reports.failed', error)
      await pause(pauseAfterFailureMs, stopping)
    }
  }
}

async function actOn(delivery: Delivery, handler: WorkerReportHandler, log: Log): Promise<void> {
  if (delivery.kind === 'unreadable') {
    log.failure('report.unreadable', delivery.error)
    return
  }
  try {
    await handler.handle(delivery.report)
  } catch (thrown) {
    const error = asTriageError(thrown)
    // A declared server fault, for example a study without a record, would hold up all later reports for good. A report
    // that the state cannot take is never dropped.
    const mayPass = error.failureClass === 'server' ? unexpected.matches(error) : isRetried(error.failureClass)
    if (mayPass || isStateFault(error)) throw thrown
    log.failure('report.dropped', error, delivery.report.study)
  }
}
