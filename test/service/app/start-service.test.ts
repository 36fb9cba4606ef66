import { join } from 'node:path'
import { expect } from 'chai'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { modelName } from '../../../src/classify/model-name.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { model, prediction, reported, resultsOf, setClock, studyUid, until } from '../fixtures.ts'
import { arrivalOf, withService } from '../service-bench.ts'

const uids = [1, 2, 3].map(studyUid)

function outcome(studyInstanceUid: string): StudyOutcome {
  const found = prediction(studyInstanceUid, 0.8)
  return reported({ prediction: found, results: resultsOf(found, Uint8Array.of(1)) })
}

describe('start and stop of the service', () => {
  it('stops the feed, then read-back, then study and withdrawal, and answers requests until those have ended', async () => {
    const journal: string[] = []
    const step = async (name: string): Promise<void> => {
      journal.push(`${name} begins`)
      await new Promise(setImmediate)
      journal.push(`${name} ends`)
    }
    const study = Promise.withResolvers<StudyOutcome>()
    const withdrawal = Promise.withResolvers<undefined>()
    let busy = 0
    const options = {
      find: () => {
        busy++
        return study.promise
      },
      withdraw: () => {
        busy++
        return withdrawal.promise.then(() => void journal.push('withdrawn'))
      },
      onStop: step,
    }
    await withService(options, async ({ service, store, feed, ask }) => {
      const found = prediction(uids[1]!, 0.9)
      store.studies.arrived({ studyInstanceUid: uids[1]! }, new Date())
      store.results.keepResults('an input', { prediction: found, results: resultsOf(found, Uint8Array.of(1)) })
      store.retractions.retract({ model: modelName(model), at: new Date(), actor: 'token' })
      await feed(arrivalOf(uids[0]!))
      await until(() => busy === 2)
      const stopped = service.stop(3_600_000).then(() => journal.push('stopped'))
      await until(() => journal.length === 4)
      journal.push(`HTTP ${(await ask('/health/live')).status}`)
      study.resolve(outcome(uids[0]!))
      await until(() => store.studies.get(uids[0]!)?.progress.state === 'done')
      journal.push(`study done, HTTP ${(await ask('/health/live')).status}`)
      withdrawal.resolve(undefined)
      await stopped
      expect(await ask('/health/live').catch(() => 'no answer')).to.equal('no answer')
    })
    const expected = ['feed begins', 'feed ends', 'read-back begins', 'read-back ends', 'HTTP 200']
    expect(journal.slice(0, 8)).to.deep.equal([...expected, 'study done, HTTP 200', 'withdrawn', 'stopped'])
  })

  it('does not stop before the running study has ended', async () => {
    const study = Promise.withResolvers<StudyOutcome>()
    let stopped = false
    await withService({ find: () => study.promise }, async ({ service, store, feed }) => {
      const state = () => store.studies.get(uids[0]!)?.progress.state
      await feed(arrivalOf(uids[0]!))
      await until(() => state() === 'active')
      const stopping = service.stop(3_600_000).then(() => (stopped = true))
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      expect(stopped).to.equal(false)
      study.resolve(outcome(uids[0]!))
      await stopping
      expect(state()).to.equal('done')
    })
  })

  it('does not stop before read-back has ended, which still writes to the store', async () => {
    const readBack = Promise.withResolvers<undefined>()
    let stopped = false
    let asked = false
    const onStop = (part: string): Promise<undefined> => {
      if (part === 'feed') return Promise.resolve(undefined)
      asked = true
      return readBack.promise
    }
    await withService({ onStop }, async ({ service, ask }) => {
      const stopping = service.stop(0).then(() => (stopped = true))
      await until(() => asked)
      expect((await ask('/health/live')).status).to.equal(200)
      expect(stopped).to.equal(false)
      readBack.resolve(undefined)
      await stopping
    })
  })

  it('queues the studies of the ledger that have no job, because a process ended in between', () => {
    const prepare = (dir: string): void => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      store.studies.arrived({ studyInstanceUid: uids[0]! }, new Date())
      store.close()
    }
    return withService({ prepare }, ({ store }) => until(() => store.studies.get(uids[0]!)?.progress.state === 'done'))
  })

  it('processes as many studies at the same time as Queue.Concurrency says', async () => {
    const study = Promise.withResolvers<StudyOutcome>()
    const started = new Set<string>()
    const find = ({ studyInstanceUid }: { studyInstanceUid: string }) => {
      started.add(studyInstanceUid)
      return study.promise.then(() => outcome(studyInstanceUid))
    }
    await withService({ find, queue: { Concurrency: 3 } }, async ({ feed, store }) => {
      for (const uid of uids) await feed(arrivalOf(uid))
      await until(() => started.size === 3)
      study.resolve(outcome(uids[0]!))
      await until(() => uids.every((uid) => store.studies.get(uid)?.progress.state === 'done'))
    })
  })

  it('gives up after Queue.MaxAttempts attempts', async () => {
    const clock = setClock()
    const find = () => Promise.reject(unreachable('The archive', 'ECONNREFUSED'))
    await withService({ find, clock, queue: { MaxAttempts: 2 } }, async ({ feed, store }) => {
      const progress = () => store.studies.get(uids[0]!)?.progress
      await feed(arrivalOf(uids[0]!))
      await until(() => progress()?.state === 'retrying')
      clock.advance(3_600_000)
      await until(() => progress()?.state === 'dead')
      expect(progress()).to.deep.include({ attempt: 2 })
    })
  })
})
