import { expect } from 'chai'
import { z } from 'zod'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { createLog, studyKeyWith } from '../../../src/log.ts'
import { noTracing, openTracing } from '../../../src/service/observe/tracing.ts'
import { Stopwatch } from '../../../src/stopwatch.ts'
import { startTraceReceiver } from '../../servers/trace-receiver.ts'
import { planted, prediction, reported, resultsOf, setClock, studyUid } from '../fixtures.ts'

const attribute = z.object({ key: z.string(), value: z.record(z.string(), z.unknown()) })
const span = z.object({
  name: z.string(),
  traceId: z.string(),
  spanId: z.string(),
  parentSpanId: z.string().optional(),
  startTimeUnixNano: z.coerce.bigint(),
  endTimeUnixNano: z.coerce.bigint(),
  attributes: z.array(attribute).default([]),
  status: z.object({ code: z.number().optional(), message: z.string().optional() }),
})
const traces = z.object({
  resourceSpans: z.array(
    z.object({
      resource: z.object({ attributes: z.array(attribute) }),
      scopeSpans: z.array(z.object({ spans: z.array(span) })),
    }),
  ),
})

async function withReceiver(test: (url: string, bodies: readonly string[]) => Promise<void>): Promise<void> {
  const receiver = await startTraceReceiver()
  try {
    await test(receiver.url, receiver.bodies)
  } finally {
    receiver.stop()
  }
}

describe('traces', () => {
  const study = { studyInstanceUid: studyUid(1) }
  const studyKey = studyKeyWith('salt of the tests')
  const lines: string[] = []
  const log = createLog({ level: 'info', studyKey, stream: { write: (line: string) => void lines.push(line) } })
  const outcome = reported({
    prediction: prediction(study.studyInstanceUid, 0.9),
    results: resultsOf(prediction(study.studyInstanceUid, 0.9), Uint8Array.of(1)),
  })

  it('hold one span per study with one child span per step, and no patient data', () =>
    withReceiver(async (otlpUrl, bodies) => {
      const clock = setClock()
      const tracing = await openTracing({ otlpUrl, version: '0.1.0', studyKey, clock, log })
      await tracing.follow(study, async (onStep) => {
        const stopwatch = new Stopwatch(clock, onStep)
        await stopwatch.time('fetch', () => {
          clock.advance(200)
          return Promise.resolve()
        })
        clock.advance(350)
        stopwatch.add({ decode: 50, lungs: 300 })
        return outcome
      })
      const failure = new TriageError(unreachable, 'transient', `No answer for ${planted.name}.`)
      const failed = tracing.follow(study, () => Promise.reject(failure))
      expect(await failed.catch((thrown: unknown) => thrown)).to.equal(failure)
      await tracing.close()

      const sent = bodies.map((body) => traces.parse(JSON.parse(body)))
      const spans = sent.flatMap(({ resourceSpans }) =>
        resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
      )
      const [whole, broken] = spans.filter(({ name }) => name === 'study')
      const children = spans.filter(({ parentSpanId }) => parentSpanId === whole?.spanId)
      const ms = ({ startTimeUnixNano, endTimeUnixNano }: z.output<typeof span>) =>
        Number((endTimeUnixNano - startTimeUnixNano) / 1_000_000n)
      expect(children.map((child) => [child.name, ms(child)])).to.deep.equal([
        ['fetch', 200],
        ['decode', 50],
        ['lungs', 300],
      ])
      expect(children.every(({ traceId }) => traceId === whole?.traceId)).to.equal(true)
      expect(ms(whole!)).to.equal(550)
      const values = (one: z.output<typeof span> | undefined) =>
        Object.fromEntries((one?.attributes ?? []).map(({ key, value }) => [key, Object.values(value)[0]]))
      expect(values(whole)).to.deep.equal({
        'lung_triage.study': studyKey(study.studyInstanceUid),
        'lung_triage.outcome': 'present',
      })
      expect(values(broken)).to.include({ 'lung_triage.outcome': 'failed', 'error.type': 'HTTP_UNREACHABLE' })
      expect(broken?.status).to.deep.equal({ code: 2, message: 'HTTP_UNREACHABLE' })
      for (const secret of ['PLANTED', study.studyInstanceUid]) expect(bodies.join()).to.not.include(secret)
      expect(bodies.join()).to.include('"lung-triage"')
    }))

  it('do not affect a study if the receiver is down', async () => {
    const tracing = await openTracing({
      otlpUrl: 'http://127.0.0.1:1/v1/traces',
      version: '0',
      studyKey,
      clock: setClock(),
      log,
      // Too short for a repetition.
      sendTimeoutMs: 200,
    })
    expect(await tracing.follow(study, () => Promise.resolve(outcome))).to.equal(outcome)
    await tracing.close()
    expect(lines.join()).to.include('tracing.failed')
  })

  it('are not collected if tracing is off', async () => {
    let listened: unknown = 'not asked'
    await noTracing.follow(study, (onStep) => {
      listened = onStep
      return Promise.resolve(outcome)
    })
    expect(listened).to.equal(undefined)
  })
})
