import { join } from 'node:path'
import { mock } from 'node:test'
import { expect } from 'chai'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { modelName } from '../../../src/classify/model-name.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { model, prediction, reported, resultsOf, setClock, studyUid, until } from '../fixtures.ts'
import { type BenchOptions, arrivalOf, withService } from '../service-bench.ts'

const uids = [1, 2, 3].map(studyUid)
const problem = { code: 'HTTP_BUSY', reason: 'The archive is busy.' } as const

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
      store.results.keepResults({ prediction: found, results: resultsOf(found, Uint8Array.of(1)) })
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

  it('stops read-back if its port is in use', () =>
    withService({}, async ({ service }) => {
      const journal: string[] = []
      const onStop = async (part: string): Promise<void> => {
        await new Promise(setImmediate)
        journal.push(`${part} stopped`)
      }
      const http = { Port: Number(new URL(service.url).port) }
      const outcome = await withService({ http, onStop }, () => Promise.resolve()).catch((error: unknown) => error)
      expect(outcome).to.have.property('code', 'SERVICE_ADDRESS_IN_USE')
      expect(journal).to.deep.equal(['read-back stopped'])
    }))

  it('hands a study back to the feed only when it is recorded and its signed reports are read', async () => {
    const answer = Promise.withResolvers<undefined>()
    const recorded: unknown[] = []
    const options: BenchOptions = { onArrival: () => answer.promise }
    await withService(options, async ({ feed, store }) => {
      const fed = feed(arrivalOf(uids[0]!)).then(() => recorded.push('handed back'))
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      recorded.push(store.studies.get(uids[0]!)?.study.studyInstanceUid)
      answer.resolve(undefined)
      await fed
      expect(recorded).to.deep.equal([uids[0], 'handed back'])
    })
  })

  it('tells the feed that a study could not be taken', () => {
    const options: BenchOptions = { onArrival: () => Promise.reject(new Error('disk full')) }
    return withService(options, async ({ feed }) => {
      expect(await feed(arrivalOf(uids[0]!)).catch(String)).to.equal('Error: disk full')
    })
  })

  it('warns at the start if its model was retracted, and logs when it stops and has stopped', async () => {
    const prepare = (dir: string): void => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      store.retractions.retract({ model: modelName(model), at: new Date(), actor: 'token' })
      store.close()
    }
    await withService({ prepare }, async ({ service, logLines }) => {
      expect(service.retraction?.model).to.equal(modelName(model))
      await service.stop(0)
      const events = logLines.map((line) => (JSON.parse(line) as { event: string }).event)
      expect(events.filter((event) => event === 'model.retracted')).to.have.length(1)
      expect(events.slice(-2)).to.deep.equal(['service.stopping', 'service.stopped'])
    })
  })

  it('deletes studies a day after they are older than Retention.Days, until it is stopped', async () => {
    mock.timers.enable({ apis: ['setInterval'] })
    try {
      const clock = setClock()
      const hour = 3_600_000
      const old = uids.map((studyInstanceUid) => ({ studyInstanceUid }))
      const finish = (store: SqliteStore, study: { studyInstanceUid: string }): void => {
        const at = new Date(clock.now().getTime() - 29.5 * 24 * hour)
        store.studies.arrived(study, at)
        store.studies.moveTo(study.studyInstanceUid, { state: 'dead', attempt: 1, problem }, at)
      }
      await withService({ clock, settings: { Retention: { Days: 30 } } }, async ({ service, store }) => {
        const left = () => old.filter(({ studyInstanceUid }) => store.studies.get(studyInstanceUid) !== undefined)
        finish(store, old[0]!)
        mock.timers.tick(hour)
        await new Promise(setImmediate)
        expect(left()).to.have.length(1)
        clock.advance(24 * hour)
        mock.timers.tick(hour)
        await new Promise(setImmediate)
        expect(left()).to.have.length(1)
        clock.advance(24 * hour)
        mock.timers.tick(hour)
        await until(() => left().length === 0)
        await service.stop(0)
        finish(store, old[1]!)
        for (let day = 0; day < 3; day++) {
          clock.advance(24 * hour)
          mock.timers.tick(hour)
          await new Promise(setImmediate)
        }
        expect(left()).to.have.length(1)
      })
    } finally {
      mock.timers.reset()
    }
  })
})
