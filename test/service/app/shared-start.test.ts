import { join } from 'node:path'
import { expect } from 'chai'
import { modelName } from '../../../src/classify/model-name.ts'
import type { SharedWork } from '../../../src/service/app/start-service.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { model, prediction, reported, resultsOf, studyUid, until } from '../fixtures.ts'
import { arrivalOf, token, withService } from '../service-bench.ts'

const uids = [1, 2].map(studyUid)
const problem = { code: 'NO_IMAGES', reason: 'no image' } as const

/** Redis and the workers, which answer late. The journal names what was asked of them. */
class Machines {
  readonly journal: string[] = []
  /** Studies that workers ended while no coordinator was running. */
  endedMeanwhile: readonly string[] = []
  telling: () => Promise<void> = () => Promise.resolve()

  readonly step = async (name: string): Promise<void> => {
    this.journal.push(name)
    await new Promise(setImmediate)
    this.journal.push(`${name} ended`)
  }

  readonly shared: SharedWork = {
    reporter: {
      started: () => this.step('report started'),
      ended: () => this.step('report ended'),
      retrying: () => this.step('report retrying'),
      dead: () => this.step('report dead'),
      waiting: () => this.step('report waiting'),
    },
    catchUp: async (recorder) => {
      await this.step('catch up')
      for (const studyInstanceUid of this.endedMeanwhile) recorder.skipped({ studyInstanceUid }, problem)
    },
    tellRetraction: (retraction) => this.step(`tell ${retraction.model}`).then(() => this.telling()),
    follow: () => {
      this.journal.push('follow reports')
      return { stop: () => this.step('stop reports') }
    },
  }
}

const whole = (name: string): string[] => [name, `${name} ended`]

/** A ledger with two studies without jobs, and two retracted models. */
function prepare(dir: string): void {
  const store = new SqliteStore(join(dir, 'store.sqlite'))
  for (const studyInstanceUid of uids) store.studies.arrived({ studyInstanceUid }, new Date())
  const at = new Date('2026-03-01T08:00:00.000Z')
  for (const retracted of ['pneumonia/0.0.1', 'pneumonia/0.0.2'])
    store.retractions.retract({ model: retracted, at, actor: 'token' })
  store.close()
}

describe('service that shares its work with other machines', () => {
  it('tells retractions, then reads the reports that arrived, then queues what is left, then follows reports', () => {
    const machines = new Machines()
    machines.endedMeanwhile = uids.slice(0, 1)
    const { shared, journal } = machines
    const studies: string[] = []
    const find = ({ studyInstanceUid }: { studyInstanceUid: string }) => {
      studies.push(studyInstanceUid)
      return 0.5
    }
    return withService({ shared, prepare, find }, async ({ store, queue, logLines }) => {
      await until(() => journal.includes('report ended ended'))
      const start = ['tell pneumonia/0.0.1', 'tell pneumonia/0.0.2', 'catch up'].flatMap(whole)
      expect(journal.slice(0, 7)).to.deep.equal([...start, 'follow reports'])
      expect(studies, 'without the study that a worker ended').to.deep.equal([uids[1]])
      expect(await queue.job(uids[0]!)).to.equal(undefined)
      expect(store.studies.get(uids[0]!)?.progress.state).to.equal('skipped')
      const resumed = logLines.map((line) => JSON.parse(line) as object).find((line) => 'count' in line)
      expect(resumed).to.deep.include({ event: 'study.resumed', count: 1 })
    })
  })

  it('reports its own studies as workers do, and stops to read reports after they have ended', async () => {
    const { shared, journal } = new Machines()
    await withService({ shared }, async ({ service, feed, queue }) => {
      await feed(arrivalOf(uids[1]!))
      await until(async () => (await queue.job(uids[1]!))?.state === 'done')
      await service.stop(1000)
      journal.push('stopped')
    })
    const start = [...whole('catch up'), 'follow reports']
    const study = [...whole('report started'), ...whole('report ended')]
    expect(journal.slice(0, 10)).to.deep.equal([...start, ...study, ...whole('stop reports'), 'stopped'])
  })

  it('still handles the reports of its running studies during a stop', async () => {
    const { shared, journal } = new Machines()
    const found = prediction(uids[1]!, 0.8)
    const study = Promise.withResolvers<undefined>()
    const outcome = reported({ prediction: found, results: resultsOf(found, Uint8Array.of(1)) })
    const find = () => study.promise.then(() => outcome)
    await withService({ shared, find }, async ({ service, feed }) => {
      await feed(arrivalOf(uids[1]!))
      await until(() => journal.includes('report started ended'))
      const stopped = service.stop(3_600_000)
      for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
      study.resolve(undefined)
      await stopped
    })
    expect(journal.slice(5, 9)).to.deep.equal([...whole('report ended'), ...whole('stop reports')])
  })

  for (const isTold of [true, false])
    it(`tells the other machines a new retraction${isTold ? '' : ', and logs if that fails'}`, () => {
      const machines = new Machines()
      const { shared, journal } = machines
      if (!isTold) machines.telling = () => Promise.reject(new Error('no answer'))
      return withService({ shared }, async ({ ask, logLines }) => {
        const answer = await ask('/api/retractions', {
          method: 'POST',
          headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` },
          body: JSON.stringify({ model: modelName(model) }),
        })
        expect(answer.status).to.equal(202)
        await until(() => journal.includes(`tell ${modelName(model)} ended`))
        await new Promise(setImmediate)
        expect(logLines.join('').includes('retraction.untold')).to.equal(!isTold)
      })
    })

  it('stops what it has started if the feed does not start', async () => {
    const machines = new Machines()
    const feedFailure = new Error('no feed')
    const onStop = (part: string) => machines.step(`stop ${part}`)
    const outcome = await withService({ shared: machines.shared, feedFailure, onStop }, () => Promise.resolve()).catch(
      (error: unknown) => error,
    )
    expect(outcome).to.equal(feedFailure)
    const start = [...whole('catch up'), 'follow reports']
    expect(machines.journal).to.deep.equal([...start, ...whole('stop read-back'), ...whole('stop reports')])
  })
})
