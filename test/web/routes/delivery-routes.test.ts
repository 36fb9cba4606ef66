import { randomUUID } from 'node:crypto'
import { expect } from 'chai'
import { busy, refused } from '../../../src/clients/http/errors.ts'
import { signedHeaders } from '../../../src/clients/http/request-signature.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { ChangeEvents } from '../../servers/change-events.ts'
import { studyUid, until } from '../../service/fixtures.ts'
import { scriptedTarget } from '../../service/scripted-target.ts'
import { type ServiceBench, arrivalOf, pluginKey, token, withService } from '../../service/service-bench.ts'

const uid = studyUid(1)
const wrong = new TriageError(refused, 'permanent', 'The FHIR server refused it: no such code.')
const down = new TriageError(busy, 'transient', 'The FHIR server is busy.')

/** Answers of the FHIR server, one for each delivery; then it takes everything. */
type Answers = (() => Promise<void>)[]

const fails = (error: TriageError) => (): Promise<void> => Promise.reject(error)

/** A service whose first study was analysed, and whose delivery to the FHIR server has failed once. */
const withFailedDelivery = (answers: Answers, test: (bench: ServiceBench) => Promise<void>) =>
  withService({ targets: { fhir: scriptedTarget(() => answers.shift()?.() ?? Promise.resolve()) } }, async (bench) => {
    await bench.feed(arrivalOf(uid))
    await until(() => delivery(bench)?.attempts === 1)
    await test(bench)
  })

const delivery = ({ store }: ServiceBench) => store.deliveries.ofStudy(uid)[0]

const addressOf = (action: string, target = 'fhir', study = uid) =>
  `/api/studies/${study}/deliveries/${target}/${action}`

const retry = (bench: ServiceBench, path = addressOf('retry')) => bench.ask(path, { method: 'POST' })

function acknowledge(
  { ask }: ServiceBench,
  body: unknown,
  { path = addressOf('acknowledge'), headers = {} } = {},
): Promise<Response> {
  const access = Object.keys(headers).length === 0 ? { Authorization: `Bearer ${token}` } : headers
  return ask(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...access },
    body: JSON.stringify(body),
  })
}

describe('the routes of deliveries', () => {
  it('retry a dead letter, and log who asked for it', () =>
    withFailedDelivery([fails(wrong)], async (bench) => {
      const answer = await retry(bench)
      expect([answer.status, await answer.json()]).to.deep.equal([202, { effect: 'queued' }])
      await until(() => delivery(bench)?.state === 'done')
      const logged = { action: 'retry-delivery', actor: 'token', studyInstanceUid: uid }
      expect(bench.store.actions.latest(1)[0]).to.deep.include(logged)
    }))

  it('retry at once what waits for its next attempt', () =>
    withFailedDelivery([fails(down)], async (bench) => {
      expect((await retry(bench)).status).to.equal(202)
      await until(() => delivery(bench)?.state === 'done')
    }))

  for (const [action, next] of [
    ['retry', () => new Promise<void>(() => undefined)],
    ['acknowledge', fails(wrong)],
  ] as const)
    it(`update the open pages after ${action}, before anything else happens`, () =>
      withFailedDelivery([fails(wrong), next], async (bench) => {
        const events = new ChangeEvents(await bench.ask('/events'))
        await events.hear('retry: 2000')
        await (action === 'retry' ? retry(bench) : acknowledge(bench, { reason: 'Sent by hand.' }))
        await events.hear('event: change')
        await events.cancel()
      }))

  it('acknowledge a dead letter once, with reason, actor and time', () =>
    withFailedDelivery([fails(wrong)], async (bench) => {
      const answer = await acknowledge(bench, { reason: '  Sent by hand, see ticket 4711.  ' })
      expect([answer.status, await answer.json()]).to.deep.equal([200, { effect: 'acknowledged' }])
      const told = (await (await bench.ask(`/api/studies/${uid}`)).json()) as { deliveries: Record<string, unknown>[] }
      expect(told.deliveries).to.have.length(1)
      expect(told.deliveries[0]).to.deep.include({ target: 'fhir', state: 'dead', attempts: 1 })
      expect(told.deliveries[0]?.['problem']).to.deep.equal({ code: 'HTTP_REFUSED', reason: wrong.message })
      const { at, actor } = bench.store.actions.latest(1)[0]!
      expect(told.deliveries[0]?.['acknowledgement']).to.deep.equal({
        ...{ at: at.toISOString(), actor },
        reason: 'Sent by hand, see ticket 4711.',
      })
      const logged = { action: 'acknowledge-delivery', actor: 'token', studyInstanceUid: uid }
      expect(bench.store.actions.latest(1)[0]).to.deep.include(logged)
      expect((await acknowledge(bench, { reason: 'Again.' })).status).to.equal(404)
      expect((await retry(bench)).status, 'it can still be retried').to.equal(202)
      await until(() => delivery(bench)?.state === 'done')
      expect(delivery(bench)?.acknowledgement).to.equal(undefined)
    }))

  it('refuse a reason that is missing, empty, too long or has control characters', () =>
    withFailedDelivery([fails(wrong)], async (bench) => {
      const bodies: readonly unknown[] = [
        ...[{}, [], 'reason', { reason: '' }, { reason: '   ' }, { reason: 7 }, { reason: 'x'.repeat(201) }],
        ...['\u0000', '\n', '\r', '\u001b[2J', '\u007f', '\u009b'].flatMap((control) => [
          { reason: `Sent${control} by hand.` },
          { reason: `Sent by hand.${control}` },
        ]),
        { reason: 'Sent by hand.', actor: 'orthanc:somebody' },
      ]
      for (const body of bodies) expect((await acknowledge(bench, body)).status, JSON.stringify(body)).to.equal(400)
      expect(delivery(bench)?.acknowledgement).to.equal(undefined)
      expect((await acknowledge(bench, { reason: 'ü'.repeat(200) })).status).to.equal(200)
    }))

  it('answer 404 if there is no such delivery or dead letter, and log no action', () =>
    withFailedDelivery([fails(down)], async (bench) => {
      const reason = { reason: 'Sent by hand.' }
      const before = bench.store.actions.latest(1)[0]?.number
      expect((await acknowledge(bench, reason)).status, 'it is pending').to.equal(404)
      for (const path of [addressOf('acknowledge', 'hl7'), addressOf('acknowledge', '__proto__')])
        expect((await acknowledge(bench, reason, { path })).status, path).to.equal(404)
      for (const target of ['hl7', 'FHIR', 'constructor', 'elsewhere'])
        expect((await retry(bench, addressOf('retry', target))).status, target).to.equal(404)
      expect((await retry(bench, addressOf('retry', 'fhir', studyUid(2)))).status, 'an unknown study').to.equal(404)
      expect(bench.store.actions.latest(1)[0]?.number).to.equal(before)
      await retry(bench)
      await until(() => delivery(bench)?.state === 'done')
      expect((await retry(bench)).status, 'it is delivered').to.equal(404)
    }))

  it('require the X-Lung-Triage header from users of Orthanc (CSRF), and record their names', () =>
    withFailedDelivery([fails(wrong)], async (bench) => {
      const path = addressOf('acknowledge')
      const signed = () =>
        signedHeaders(pluginKey, {
          ...{ method: 'POST', path, actor: 'orthanc:dr', time: String(Date.now()), nonce: randomUUID() },
        })
      const reason = { reason: 'Sent by hand.' }
      expect((await acknowledge(bench, reason, { headers: signed() })).status).to.equal(403)
      expect(delivery(bench)?.acknowledgement).to.equal(undefined)
      const headers = { ...signed(), 'X-Lung-Triage': 'page' }
      expect((await acknowledge(bench, reason, { headers })).status).to.equal(200)
      expect(delivery(bench)?.acknowledgement?.actor).to.equal('orthanc:dr')
    }))
})
