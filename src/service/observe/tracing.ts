import { asTriageError } from '../../errors/triage-error.ts'
import type { StudyRef } from '../../intake/study.ts'
import type { StudyOutcome } from '../../pipeline.ts'
import type { Clock } from '../../clock.ts'
import type { OnStep } from '../../stopwatch.ts'
import type { Log, StudyKey } from '../../log.ts'

/** Traces each attempt at a study. */
export interface Tracing {
  /** Runs the attempt. It reports its steps to `onStep`, which is undefined if tracing is off. */
  follow(study: StudyRef, attempt: (onStep?: OnStep) => Promise<StudyOutcome>): Promise<StudyOutcome>
  /** Sends the remaining spans. */
  close(): Promise<void>
}

/** Used if no `Tracing` is set. Loads nothing and measures nothing. */
export const noTracing: Tracing = {
  follow: (_study, attempt) => attempt(),
  close: () => Promise.resolve(),
}

interface TracingOptions {
  /** Address for spans as OTLP over HTTP (https://opentelemetry.io/docs/specs/otlp/#otlphttp). */
  readonly otlpUrl: string
  readonly version: string
  /** The key of a study, as in the log. Spans hold no UID. */
  readonly studyKey: StudyKey
  readonly clock: Clock
  readonly log: Log
  /** Time limit of one request with its repetitions. */
  readonly sendTimeoutMs?: number
}

/** One span per attempt at a study, one child span per step. Attributes are keys, decisions and codes only. */
export async function openTracing(options: TracingOptions): Promise<Tracing> {
  const { otlpUrl, version, studyKey, clock, log, sendTimeoutMs = 10_000 } = options
  const [api, { BatchSpanProcessor, TracerProvider }, { resourceFromAttributes }, { OTLPTraceExporter }] =
    await Promise.all([
      import('@opentelemetry/api'),
      import('@opentelemetry/sdk-trace'),
      import('@opentelemetry/resources'),
      import('@opentelemetry/exporter-trace-otlp-http'),
    ])
  const provider = new TracerProvider({
    resource: resourceFromAttributes({ 'service.name': 'lung-triage', 'service.version': version }),
    spanProcessors: [
      new BatchSpanProcessor({ exporter: new OTLPTraceExporter({ url: otlpUrl, timeoutMillis: sendTimeoutMs }) }),
    ],
  })
  const tracer = provider.getTracer('lung-triage', version)
  const now = () => clock.now().getTime()
  return {
    follow: async (study, attempt) => {
      const attributes = { 'lung_triage.study': studyKey(study.studyInstanceUid) }
      const span = tracer.startSpan('study', { startTime: now(), attributes }, api.ROOT_CONTEXT)
      const parent = api.trace.setSpan(api.ROOT_CONTEXT, span)
      try {
        const outcome = await attempt(({ step, startedAtMs, endedAtMs }) => {
          tracer.startSpan(step, { startTime: startedAtMs }, parent).end(endedAtMs)
        })
        span.setAttribute('lung_triage.outcome', describeOutcome(outcome))
        return outcome
      } catch (thrown) {
        const { code, failureClass } = asTriageError(thrown)
        span.setAttributes({ 'lung_triage.outcome': 'failed', 'error.type': code, 'lung_triage.class': failureClass })
        span.setStatus({ code: api.SpanStatusCode.ERROR, message: code })
        throw thrown
      } finally {
        span.end(now())
      }
    },
    // A failure to send traces must not prevent the shutdown.
    close: () =>
      provider.shutdown().catch((error: unknown) => {
        log.failure('tracing.failed', error)
      }),
  }
}

function describeOutcome(outcome: StudyOutcome): string {
  if (outcome.kind === 'skipped') return 'skipped'
  return outcome.prediction.kind === 'analysed' ? outcome.prediction.decision : outcome.prediction.kind
}
