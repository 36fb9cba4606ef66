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
  /** Where it is kept up to which action was sent. */
  readonly positions: FeedPositions
  readonly sink: FhirSink
  /** Wait before a look whether there is something to send. */
  readonly idleMs: number
  /** How long after a failure it is tried again, by how many there were in a row. */
  readonly retryAfterMs?: (failures: number) => number
  readonly log: Log
}

/** Name of the position. */
const auditFeed = 'fhir-audit-events'
const mostAtOnce = 50

/**
 * Sends every action to a FHIR server as an AuditEvent, in their order, until stopped. The position moves only when the server has taken
 * them; what it takes twice after a cut is the same resource under the same id. Whatever fails is tried for as long as it takes, also what
 * another would give up on: an audit has no gaps.
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
      // A server that hangs does not keep us from stopping: what it takes twice is the same.
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

/** Says how many. */
async function sendSome({ actions, positions, sink }: AuditSenderOptions): Promise<number> {
  const some = actions.after(positions.position(auditFeed) ?? 0, mostAtOnce)
  const last = some.at(-1)
  if (last === undefined) return 0
  await sink.store(auditBundle(some))
  positions.moveTo(auditFeed, last.number)
  return some.length
}

/** AuditEvent has no identifier in R4, so each is written under its own id (http.html#upsert). */
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
