import { createHmac } from 'node:crypto'
import { type DestinationStream, destination, pino, stdTimeFunctions } from 'pino'
import { type FailureClass, TriageError, framesOf, unexpected } from './errors/triage-error.ts'

/** All log events of the service. The list is closed, so that no sentence with patient data can become a log entry. */
export type LogEvent =
  | 'service.engine-passed-over'
  | 'service.started'
  | 'service.dependency-up'
  | 'service.stopping'
  | 'service.stopped'
  | 'service.dependency-down'
  | 'service.orthanc-unsuitable'
  | 'service.past-studies'
  | 'settings.taken-over'
  | 'settings.need-restart'
  | 'settings.refused'
  | 'settings.unchanged'
  | 'service.certificate-renewed'
  | 'service.certificate-refused'
  | 'service.certificate-expired'
  | 'feed.note'
  | 'feed.trouble'
  | 'queue.failed'
  | 'reports.failed'
  | 'report.unreadable'
  | 'report.dropped'
  | 'worker.started'
  | 'worker.stopping'
  | 'worker.stopped'
  | 'tracing.failed'
  | 'retention.purged'
  | 'retention.failed'
  | 'study.arrived'
  | 'study.unchanged'
  | 'study.resumed'
  | 'study.started'
  | 'study.reported'
  | 'study.skipped'
  | 'study.retrying'
  | 'study.dead'
  | 'study.cancelled'
  | 'study.results-lost'
  | 'study.given-back'
  | 'study.claim-lost'
  | 'study.withdrawn'
  | 'delivery.done'
  | 'delivery.dropped'
  | 'delivery.retrying'
  | 'delivery.dead'
  | 'delivery.failed'
  | 'model.retracted'
  | 'retraction.untold'
  | 'withdrawal.retrying'
  | 'audit.retrying'
  | 'withdrawal.failed'
  | 'study.judged'
  | 'feedback.read'
  | 'feedback.failed'
  | 'http.request'
  | 'http.refused'
  | 'http.failed'

/**
 * The only facts that an entry can hold. `studyInstanceUid` is written as a salted key, which the worklist also shows.
 */
export interface LogFacts {
  readonly studyInstanceUid?: string
  readonly attempt?: number
  readonly retryInMs?: number
  readonly ms?: Readonly<Record<string, number>>
  readonly lane?: string
  readonly effect?: string
  readonly decision?: string
  readonly judgement?: string
  readonly source?: string
  readonly code?: string
  readonly failureClass?: FailureClass
  readonly count?: number
  readonly dependency?: string
  readonly target?: string
  readonly url?: string
  readonly model?: string
  readonly engine?: string
  readonly version?: string
  readonly node?: string
  readonly method?: string
  /** Pattern of the route, not the requested path, which may hold anything. */
  readonly route?: string
  readonly status?: number
  readonly failures?: number
  readonly pauseSeconds?: number
  readonly position?: number
  /** Paths of settings, never their values. */
  readonly settings?: string
  /**
   * A sentence from this program that quotes no outside text, except an engine's message from before it has seen an
   * image.
   */
  readonly reason?: string
}

export interface Log {
  info(event: LogEvent, facts?: LogFacts): void
  warn(event: LogEvent, facts?: LogFacts): void
  /**
   * Logs a failure: the message of a declared error, otherwise only its location, because other messages may quote
   * anything.
   */
  failure(event: LogEvent, thrown: unknown, facts?: LogFacts): void
}

export type StudyKey = (studyInstanceUid: string) => string

/** A key that identifies a study in the logs without revealing its UID. */
export function studyKeyWith(salt: string): StudyKey {
  return (studyInstanceUid) => createHmac('sha256', salt).update(studyInstanceUid).digest('hex').slice(0, 12)
}

interface LogOptions {
  readonly level: 'info' | 'warn' | 'error' | 'silent'
  readonly studyKey: StudyKey
  /** By default standard error, written synchronously so that a crash loses nothing. */
  readonly stream?: DestinationStream
}

/** Structured logs: one JSON object per line. */
export function createLog({ level, studyKey, stream }: LogOptions): Log {
  const logger = pino(
    {
      level,
      base: null,
      timestamp: stdTimeFunctions.isoTime,
      messageKey: 'event',
      formatters: { level: (label) => ({ level: label }) },
    },
    stream ?? destination({ fd: 2, sync: true }),
  )
  const allowed = (facts: LogFacts) => allowedFacts(facts, studyKey)
  return {
    info: (event, facts = {}) => {
      logger.info(allowed(facts), event)
    },
    warn: (event, facts = {}) => {
      logger.warn(allowed(facts), event)
    },
    failure: (event, thrown, facts = {}) => {
      logger.error({ ...allowed(facts), ...describeFailure(thrown) }, event)
    },
  }
}

const factNames = new Set<string>([
  ...['attempt', 'retryInMs', 'ms', 'lane', 'effect', 'decision', 'code', 'failureClass', 'count', 'dependency', 'url'],
  ...['model', 'engine', 'version', 'node', 'method', 'route', 'status', 'failures', 'pauseSeconds'],
  ...['position', 'settings', 'reason', 'judgement', 'source'],
])

/** Facts are picked by name at run time, because a spread object may hold more than its type allows. */
function allowedFacts(facts: LogFacts, studyKey: StudyKey): Record<string, unknown> {
  const { studyInstanceUid, ...others } = facts
  const picked = Object.fromEntries(Object.entries(others).filter(([name]) => factNames.has(name)))
  return studyInstanceUid === undefined ? picked : { study: studyKey(studyInstanceUid), ...picked }
}

function describeFailure(thrown: unknown): Record<string, unknown> {
  if (thrown instanceof TriageError && !unexpected.matches(thrown)) {
    const { code, failureClass, message, cause } = thrown
    return { code, failureClass, reason: message, ...(cause instanceof Error && { cause: originOf(cause) }) }
  }
  const origin = thrown instanceof TriageError ? thrown.cause : thrown
  return { code: unexpected.code, cause: origin instanceof Error ? originOf(origin) : { name: typeof origin } }
}

/** Class, system code (`ECONNREFUSED`) and place of an error, without its message. */
function originOf(error: Error): Record<string, unknown> {
  return {
    name: error.name,
    ...('code' in error && { code: error.code }),
    at: framesOf(error),
  }
}
