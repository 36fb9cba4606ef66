import { expect } from 'chai'
import type { Redis } from 'ioredis'
import { publishCoordinatorModel } from '../../../src/service/cluster/coordinator-model.ts'
import { RedisResults } from '../../../src/service/cluster/redis-results.ts'
import { Seal } from '../../../src/service/cluster/seal.ts'
import { SharedRetractions } from '../../../src/service/cluster/shared-retractions.ts'
import { ReportReader, ReportSender } from '../../../src/service/cluster/work-reports.ts'
import { model, prediction, resultsOf, studyUid } from '../fixtures.ts'

const uid = studyUid(1)
const found = prediction(uid, 0.9)
const kept = { prediction: found, results: resultsOf(found, Uint8Array.of(1)) }
const seal = new Seal('the secret of these tests')

const writes: Readonly<Record<string, (redis: Redis) => Promise<unknown>>> = {
  "the coordinator's model": (redis) => publishCoordinatorModel(redis, seal, model),
  'a retraction': (redis) =>
    new SharedRetractions(redis).tell({ model: 'pneumonia/0.1.0', at: new Date(), actor: 'token' }),
  'a report': (redis) => new ReportSender(redis, seal).send({ kind: 'waiting', study: { studyInstanceUid: uid } }),
  'the deletion of a report': (redis) => new ReportReader({ reading: redis, commands: redis }, seal).delete('1-0'),
  'results of a worker': (redis) => new RedisResults(redis, seal).keep(uid, kept),
  'results of the coordinator': (redis) => new RedisResults(redis, seal).layOut(uid, { kept, revisions: new Map() }),
  'the expiry of results': (redis) => new RedisResults(redis, seal).discard(uid),
}

/** A Redis whose commands are answered by one promise. */
function redisThatAnswers(answer: Promise<unknown>, onAsked: () => void): Redis {
  const ask = (): Promise<unknown> => {
    onAsked()
    return answer
  }
  const batch = { hdel: () => batch, hset: () => batch, hsetnx: () => batch, expire: () => batch, exec: ask }
  return { options: {}, set: ask, xadd: ask, xdel: ask, expire: ask, multi: () => batch } as unknown as Redis
}

describe('write to Redis', () => {
  for (const [name, write] of Object.entries(writes))
    it(`does not return before Redis has stored ${name}`, async () => {
      const answer = Promise.withResolvers<unknown>()
      let asked = 0
      let ended = false
      const redis = redisThatAnswers(answer.promise, () => asked++)
      const writing = write(redis).then(() => (ended = true))
      for (let turn = 0; turn < 5; turn++) await new Promise(setImmediate)
      expect(asked).to.equal(1)
      expect(ended).to.equal(false)
      answer.resolve([])
      await writing
    })
})
