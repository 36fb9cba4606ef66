import { asTriageError } from '../../errors/triage-error.ts'
import type { Log, LogEvent, LogFacts } from '../../log.ts'
import type { Metrics } from './metrics.ts'

/**
 * A log that also counts its events. Every countable event is already in the log's closed list, so log and metrics
 * agree, and neither holds patient data.
 */
export function countingLog(log: Log, metrics: Metrics): Log {
  return {
    info: (event, facts) => {
      counted[event]?.(metrics, facts ?? {})
      log.info(event, facts)
    },
    warn: (event, facts) => {
      counted[event]?.(metrics, facts ?? {})
      log.warn(event, facts)
    },
    failure: (event, thrown, facts) => {
      counted[event]?.(metrics, { ...facts, code: asTriageError(thrown).code })
      log.failure(event, thrown, facts)
    },
  }
}

const unknown = 'unknown'

/** The metrics that an event changes. All other events are only logged. */
const counted: Readonly<Partial<Record<LogEvent, (metrics: Metrics, facts: LogFacts) => void>>> = {
  'study.arrived': (metrics, { lane = unknown, effect = unknown }) => {
    metrics.arrivals.inc({ lane, effect })
  },
  'study.reported': (metrics, { decision = unknown, ms = {} }) => {
    metrics.findings.inc({ decision })
    for (const [step, stepMs] of Object.entries(ms)) metrics.stepSeconds.observe({ step }, stepMs / 1000)
  },
  'study.skipped': (metrics, { code = unknown }) => {
    metrics.skipped.inc({ code })
  },
  'study.retrying': (metrics, { code = unknown }) => {
    metrics.retries.inc({ code })
  },
  'study.dead': (metrics, { code = unknown }) => {
    metrics.deadLetters.inc({ code })
  },
  'study.claim-lost': (metrics) => {
    metrics.claimsLost.inc()
  },
  'queue.failed': (metrics, { code = unknown }) => {
    metrics.queueFailures.inc({ code })
  },
  'feed.trouble': (metrics, { code = unknown }) => {
    metrics.feedFailures.inc({ code })
  },
  'http.refused': (metrics, { status = 0 }) => {
    metrics.httpRefused.inc({ status })
  },
}
