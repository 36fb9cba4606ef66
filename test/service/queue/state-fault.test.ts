import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { severalFailed } from '../../../src/deliver/errors.ts'
import type { TriageError } from '../../../src/errors/triage-error.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { databaseDamaged, stateFull, stateUnwritable } from '../../../src/service/store/errors.ts'
import { inTempDir, setClock, until } from '../fixtures.ts'
import { failing, hooked, onBench, one, outcomeFor, two } from './runner-bench.ts'

const faults: Readonly<Record<string, TriageError>> = {
  'a full disk': stateFull('/state/store.sqlite'),
  'a failing disk': stateUnwritable('/state/store.sqlite', 'disk I/O error'),
  'a damaged database': databaseDamaged('/state/store.sqlite', 'malformed', 'Restore it.'),
  'a full disk among failed deliveries': severalFailed([failing('permanent'), stateFull('/state/store.sqlite')]),
}

/** Throws `fault` the first `times` times. */
const failingAtFirst = (fault: Error, times: number) => {
  let left = times
  return () => {
    if (left-- > 0) throw fault
  }
}

describe('study whose work fails because of', () => {
  for (const [what, fault] of Object.entries(faults))
    it(`${what} is repeated without another attempt, after a pause`, () =>
      onBench(async ({ take, start, store, clock, stateOf, queue }) => {
        const fail = failingAtFirst(fault, 5)
        let [runs, polls] = [0, 0]
        // Advances the clock only between two polls, so that no claim is made without a pause.
        const polled = hooked(queue, 'onWork', () => polls++)
        start(
          (study) => {
            runs++
            return Promise.try(fail).then(() => outcomeFor(study))
          },
          { queue: polled },
        )
        await take(one, 'normal', 'arrived')
        for (let run = 1; run <= 5; run++) {
          await until(() => runs === run)
          const before = polls
          await until(() => polls >= before + 3)
          expect(runs).to.equal(run)
          clock.advance(15_000)
        }
        await until(() => stateOf(one.studyInstanceUid) === 'done')
        const attempts = store.studies.history(one.studyInstanceUid).map(({ progress }) => progress)
        expect(attempts.filter(({ state }) => state === 'active')).to.deep.equal(
          Array.from({ length: 6 }, () => ({ state: 'active', attempt: 1 })),
        )
      }))

  it('a full disk when its end is recorded is repeated without another attempt', () =>
    onBench(async ({ take, start, clock, stateOf, queue, recorder }) => {
      const fail = failingAtFirst(stateFull('/state/store.sqlite'), 4)
      const ended = recorder.ended.bind(recorder)
      recorder.ended = (...report) => {
        fail()
        ended(...report)
      }
      start((study) => Promise.resolve(outcomeFor(study)))
      await take(one, 'normal', 'arrived')
      await until(() => {
        clock.advance(1000)
        return stateOf(one.studyInstanceUid) === 'done'
      })
      await until(async () => (await queue.job(one.studyInstanceUid))?.state === 'done')
      expect(await queue.job(one.studyInstanceUid)).to.include({ attempt: 1 })
    }))

  it('a full disk goes back before anything else is claimed, also if its lease has lapsed meanwhile', () =>
    onBench(async ({ take, start, clock, stateOf, queue }) => {
      const full = stateFull('/state/queue.sqlite')
      const calls: string[] = []
      // The disk stays full for longer than a lease, so that the study cannot go back either.
      const failGiveBack = failingAtFirst(full, 10)
      const noted = hooked(queue, 'claim', () => calls.push('claim'))
      const failTriage = failingAtFirst(full, 1)
      start((study) => Promise.try(failTriage).then(() => outcomeFor(study)), {
        queue: hooked(noted, 'giveBack', () => {
          calls.push('give back')
          failGiveBack()
        }),
      })
      await take(one, 'normal', 'arrived')
      await take(two, 'normal', 'arrived')
      await until(() => {
        clock.advance(20_000)
        return stateOf(two.studyInstanceUid) === 'done'
      })
      await until(async () => (await queue.job(two.studyInstanceUid))?.state === 'done')
      const claims = calls.slice(calls.indexOf('claim')).join()
      expect(claims).to.match(/^claim(,give back){11},claim/)
      for (const { studyInstanceUid } of [one, two])
        expect(await queue.job(studyInstanceUid)).to.include({ state: 'done', attempt: 1 })
    }))
})

describe('claim whose commit fails', () => {
  it('is rejected with the cause, and counts no attempt', () =>
    inTempDir(async (dir) => {
      const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock: setClock(), leaseMs: 60_000 })
      await queue.enqueue(one, 'normal', 'arrived')
      await whileCommitsFail(async () => {
        const error: unknown = await Promise.try(() => queue.claim()).catch((thrown: unknown) => thrown)
        expect(error).to.have.property('code', 'SERVICE_STATE_FULL')
      })
      expect(await queue.claim()).to.deep.include({ study: one, attempt: 1 })
      await queue.close()
    }))
})

/** SQLite reports a full disk at the commit, and rolls back by itself. */
async function whileCommitsFail(test: () => Promise<void>): Promise<void> {
  const original = Object.getOwnPropertyDescriptor(DatabaseSync.prototype, 'exec')!
  const exec = original.value as (this: DatabaseSync, sql: string) => void
  DatabaseSync.prototype.exec = function (sql) {
    exec.call(this, sql === 'COMMIT' ? 'ROLLBACK' : sql)
    if (sql === 'COMMIT')
      throw Object.assign(new Error('database or disk is full'), { code: 'ERR_SQLITE_ERROR', errcode: 13 })
  }
  try {
    await test()
  } finally {
    Object.defineProperty(DatabaseSync.prototype, 'exec', original)
  }
}
