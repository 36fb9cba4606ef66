import { expect } from 'chai'
import type { Opinion } from '../../../src/feedback/opinion.ts'
import { ChangeEvents } from '../../servers/change-events.ts'
import { studyUid, until } from '../fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service-bench.ts'

const uid = studyUid(1)
const resultKey = `result-${uid.replaceAll('.', '-')}`

async function analysed({ feed, store }: ServiceBench, studyInstanceUid = uid): Promise<void> {
  await feed(arrivalOf(studyInstanceUid))
  await until(() => store.studies.get(studyInstanceUid)?.progress.state === 'done')
}

const send = ({ ask }: ServiceBench, body: unknown, headers: Record<string, string> = {}) =>
  ask(`/api/studies/${uid}/feedback`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  })

describe('feedback API', () => {
  it('records an opinion with the result as it was at that time', () =>
    withService({ find: () => 0.87 }, async (bench) => {
      await analysed(bench)
      const answer = await send(bench, { resultKey, opinion: 'disagree' })
      expect(answer.status).to.equal(200)
      const [opinion] = bench.store.opinions.standing(resultKey)
      const expected: Partial<Opinion> = {
        studyInstanceUid: uid,
        model: { name: 'pneumonia', version: '0.1.0' },
        decision: 'present',
        pneumonia: 0.87,
        judgement: 'disagree',
        source: 'page',
        actor: 'token',
      }
      expect(opinion).to.deep.include(expected)
      expect(bench.store.actions.latest(1)[0]).to.deep.include({ action: 'feedback', studyInstanceUid: uid })
      const study = (await (await bench.ask(`/api/studies/${uid}`)).json()) as { opinions: Record<string, unknown>[] }
      expect(study.opinions).to.have.length(1)
      expect(study.opinions[0]).to.include({ source: 'page', judgement: 'disagree' })
    }))

  it('keeps the latest opinion, and none after a withdrawal', () =>
    withService({}, async (bench) => {
      await analysed(bench)
      const standing = () => bench.store.opinions.standing(resultKey).map(({ judgement }) => judgement)
      await send(bench, { resultKey, opinion: 'disagree' })
      await send(bench, { resultKey, opinion: 'agree' })
      expect(standing()).to.deep.equal(['agree'])
      await send(bench, { resultKey, opinion: 'withdrawn' })
      expect(standing()).to.deep.equal([])
    }))

  it('sends a change event after an opinion', () =>
    withService({}, async (bench) => {
      await analysed(bench)
      const events = new ChangeEvents(await bench.ask('/events'))
      await events.hear('retry: 2000')
      expect(events.heard).to.not.include('event: change')
      await send(bench, { resultKey, opinion: 'agree' })
      await events.hear('event: change')
      expect(events.heard).to.match(/^event: change$/m)
      await events.cancel()
    }))

  it('rejects opinions on an unknown study, a skipped study or an earlier result, and invalid bodies', () =>
    withService({ find: () => Promise.resolve({ kind: 'skipped', reasons: [] }) }, async (bench) => {
      expect((await send(bench, { resultKey, opinion: 'agree' })).status).to.equal(404)
      await bench.feed(arrivalOf(uid))
      await until(() => bench.store.studies.get(uid)?.progress.state === 'skipped')
      const skipped = await send(bench, { resultKey, opinion: 'agree' })
      expect(skipped.status).to.equal(409)
      expect(await skipped.json()).to.include({ code: 'SERVICE_NO_FINDING' })
    }).then(() =>
      withService({}, async (bench) => {
        await analysed(bench)
        const earlier = await send(bench, { resultKey: 'result-of-before', opinion: 'agree' })
        expect(earlier.status).to.equal(409)
        expect(await earlier.json()).to.include({ code: 'SERVICE_RESULT_REPLACED' })
        for (const body of [
          { resultKey, opinion: 'reads-present' },
          { resultKey },
          { resultKey, opinion: 'agree', x: 1 },
        ]) {
          expect((await send(bench, body)).status).to.equal(400)
        }
        expect(bench.store.opinions.allStanding()).to.deep.equal([])
      }),
    ))

  it('rejects a request from another site that uses the session cookie', () =>
    withService({}, async (bench) => {
      await analysed(bench)
      const signedIn = await fetch(bench.service.newLoginUrl(), { redirect: 'manual' })
      const cookie = (signedIn.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
      const forged = await bench.ask(`/api/studies/${uid}/feedback`, {
        method: 'POST',
        headers: { Cookie: cookie, 'Content-Type': 'application/json' },
        body: JSON.stringify({ resultKey, opinion: 'agree' }),
      })
      expect(forged.status).to.equal(403)
      expect(bench.store.opinions.allStanding()).to.deep.equal([])
    }))

  it('counts an opinion on /quality and in /api/quality', () =>
    withService({ find: () => 0.87 }, async (bench) => {
      await analysed(bench)
      await send(bench, { resultKey, opinion: 'agree' })
      const page = await (await bench.ask('/quality')).text()
      expect(page).to.include('100 % (21 % to 100 %)')
      expect(page).to.not.match(/ style=|<script|onclick|PLANTED/i)
      const quality = (await (await bench.ask('/api/quality')).json()) as Record<string, unknown>
      expect(quality).to.have.nested.property('agreement.all.agree', 1)
      expect(quality).to.have.nested.property('drift[0].weeks[0].studies', 1)
    }))
})
