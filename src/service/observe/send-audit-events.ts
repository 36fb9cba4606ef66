import { once } from 'node:events'
import { type BackgroundWork, pause, runInBackground } from '../../background.ts'
import { asTriageError } from '../../errors/triage-error.ts'
import type { FhirSink } from '../../deliver/fhir-sink.ts'
import type { FhirBundle } from '../../report/result-objects.ts'
import { auditEvent } from './audit-event.ts'
import type { Log } from '../../log.ts'
import { retryDelayMs } from '../queue/retry-delay.ts'
import type { ActionLog, FeedPositions, LoggedAction } from '../store/store.ts'

interface AuditSenderOptions {
  readonly actions: ActionLog
  /** Stores the number of the last action that was sent. */
  readonly positions: FeedPositions
  readonly sink: FhirSink
  /** Poll interval when there is nothing to send. */
  readonly idleMs: number
  /** Delay of the retry after that many consecutive failures. */
  readonly retryAfterMs?: (failures: number) => number
  readonly log: Log
}

/** Name of the position. */
const auditFeed = 'fhir-audit-events'
const mostAtOnce = 50

/**
 * Sends every action to a FHIR server as an AuditEvent, in order, until stopped. The position moves only after the
 * server has accepted the events; an event that is sent twice has the same id. Every failure is retried without limit,
 * even a permanent one, because an audit trail must have no gaps.
 */
export function sendAuditEvents(options: AuditSenderOptions): BackgroundWork {
  return runInBackground((stopping) => send(options, stopping))
}

async function send(options: AuditSenderOptions, signal: AbortSignal): Promise<void> {
  const { idleMs, log, retryAfterMs = longerAndLonger } = options
  let failures = 0
  const stopped = once(signal, 'abort').then(() => 'stopped' as const)
  while (!signal.aborted) {
    let pauseMs = idleMs
    try {
      // A server that hangs must not delay the stop. Sending the same events again is harmless.
      const sent = await Promise.race([sendSome(options), stopped])
      if (sent === 'stopped') return
      failures = 0
      if (sent === mostAtOnce) continue
    } catch (thrown) {
      failures++
      pauseMs = retryAfterMs(failures)
      log.failure('audit.retrying', asTriageError(thrown), { attempt: failures, retryInMs: pauseMs })
    }
    await pause(pauseMs, signal)
  }
}

function longerAndLonger(failures: number): number {
  return retryDelayMs('transient', failures, 0.5)
}

/** @returns how many actions were sent */
async function sendSome({ actions, positions, sink }: AuditSenderOptions): Promise<number> {
  const some = actions.after(positions.position(auditFeed) ?? 0, mostAtOnce)
  const last = some.at(-1)
  if (last === undefined) return 0
  await sink.store(auditBundle(some))
  positions.moveTo(auditFeed, last.number)
  return some.length
}

/** AuditEvent has no identifier in R4, so each is written under its own id (FHIR R4 http.html#upsert). */
function auditBundle(actions: readonly LoggedAction[]): FhirBundle {
  return {
    resourceType: 'Bundle',
    type: 'transaction',
    entry: actions.map(auditEvent).map((resource) => ({
      fullUrl: `urn:uuid:${resource.id}`,
      resource,
      request: { method: 'PUT', url: `AuditEvent/${resource.id}` },
    })),
  }
}
