import { expect } from 'chai'
import { identityInDoubt } from '../../../src/intake/errors.ts'
import { studyUid, until } from '../../service/fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../../service/service-bench.ts'

const uid = studyUid(1)
const problem = { code: identityInDoubt.code, reason: identityInDoubt().message }

async function decide(
  { ask }: ServiceBench,
  body: unknown,
): Promise<[status: number, answer: Record<string, unknown>]> {
  const path = `/api/studies/${uid}/identity`
  const answer = await ask(path, {
    method: 'POST',
    body: JSON.stringify(body),
    headers: { Authorization: 'Bearer the-token-of-the-tests', 'Content-Type': 'application/json' },
  })
  return [answer.status, (await answer.json()) as Record<string, unknown>]
}

describe('deciding whose a study is', () => {
  it('is noted with who did it, and queues the study; refused if nothing is in doubt', () =>
    withService({}, async (bench) => {
      const { store, feed } = bench
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const notInDoubt = await decide(bench, { verdict: 'correction' })
      expect([notInDoubt[0], notInDoubt[1]['code']]).to.deep.equal([409, 'SERVICE_IDENTITY_NOT_IN_DOUBT'])
      const dead = { state: 'dead', attempt: 1, problem } as const
      store.studies.moveTo(uid, { ...dead, problem: { code: 'HTTP_BUSY', reason: 'busy' } }, new Date())
      expect((await decide(bench, { verdict: 'correction' }))[0]).to.equal(409)

      store.studies.moveTo(uid, dead, new Date())
      for (const body of [{}, { verdict: 'doubt' }, { verdict: 'correction', more: 1 }])
        expect((await decide(bench, body))[0]).to.equal(400)
      expect(store.results.identityVerdict(store.results.latestResultKey(uid)!)).to.equal(undefined)
      expect(await decide(bench, { verdict: 'correction' })).to.deep.equal([202, { effect: 'queued' }])
      expect(store.results.identityVerdict(store.results.latestResultKey(uid)!)).to.equal('correction')
      expect(store.actions.ofStudy(uid).map(({ action, actor }) => [action, actor])).to.deep.equal([
        ['decide-identity', 'token'],
      ])
      await until(() => store.studies.get(uid)?.progress.state === 'done')
    }))
})
