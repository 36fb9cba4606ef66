import { existsSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { dayMs } from '../../../src/clock.ts'
import { createLog } from '../../../src/log.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { purger } from '../../../src/service/store/retention.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { freeClock, inTempDir, prediction, resultKeyOf, resultsOf, studyUid } from '../fixtures.ts'

const uid = studyUid(1)
const minuteMs = 60_000
const yearMs = 365 * dayMs
const log = createLog({ level: 'silent', studyKey: (one) => one })

/** A service that looks every ten minutes, with one finished study and one copy of its database. */
async function onBench(
  test: (bench: {
    clock: ReturnType<typeof freeClock>
    /** Lets that many looks pass, ten minutes apart. */
    look: (times: number) => Promise<void>
    restart: () => Promise<void>
    finish: () => void
    remains: () => string
  }) => Promise<void>,
): Promise<void> {
  await inTempDir(async (dir) => {
    const clock = freeClock()
    const open = () => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs: 1000 })
      return { store, queue, purge: purger(store, queue, () => 30, clock, log) }
    }
    let running = open()
    const finish = () => {
      running.store.studies.arrived({ studyInstanceUid: uid }, clock.now())
      running.store.studies.moveTo(uid, { state: 'done' }, clock.now())
    }
    const close = async () => {
      await running.queue.close()
      running.store.close()
    }
    const copy = join(dir, 'queue.sqlite.schema-1')
    writeFileSync(copy, 'a copy')
    utimesSync(copy, clock.now(), clock.now())
    finish()
    const finding = prediction(uid, 0.8)
    running.store.results.keepResults({ prediction: finding, results: resultsOf(finding, Uint8Array.of(1)) })
    await test({
      clock,
      finish,
      look: async (times) => {
        for (let i = 0; i < times; i++) {
          await running.purge()
          clock.advance(10 * minuteMs)
        }
      },
      restart: async () => {
        await close()
        running = open()
      },
      remains: () =>
        [
          running.store.studies.get(uid),
          running.store.results.keptResults(resultKeyOf(uid)),
          existsSync(copy) || undefined,
        ]
          .map((part) => (part === undefined ? '-' : '+'))
          .join(''),
    })
    await close()
  })
}

const aDay = 24 * 6

describe('retention', () => {
  it('deletes a study, its results and old copies a day after their period, not before', () =>
    onBench(async ({ clock, look, remains }) => {
      clock.advance(30 * dayMs)
      await look(1)
      clock.advance(minuteMs)
      await look(aDay)
      expect(remains()).to.equal('+++')
      await look(1)
      expect(remains()).to.equal('---')
    }))

  it('deletes them also if the service restarts every quarter of an hour', () =>
    onBench(async ({ clock, look, restart, remains }) => {
      clock.advance(31 * dayMs)
      // Of each quarter of an hour, the ten minutes between the two looks count.
      for (let quarters = 0; quarters < aDay - 1; quarters++) {
        await look(1)
        clock.advance(-5 * minuteMs)
        await look(1)
        await restart()
      }
      expect(remains()).to.equal('+++')
      await look(2)
      expect(remains()).to.equal('---')
    }))

  for (const jumps of [[20 * yearMs], [2 * yearMs, 3 * yearMs, 15 * yearMs], [-yearMs, 21 * yearMs]])
    it(`deletes nothing if the clock jumps by ${jumps.map((ms) => ms / yearMs).join(', then ')} years for most of a day`, () =>
      onBench(async ({ clock, look, restart, remains }) => {
        for (const jump of jumps) {
          clock.set(jump)
          await look(aDay / jumps.length - 1)
          await restart()
        }
        clock.set(-20 * yearMs)
        await look(1)
        // A second mistake is no second look of the first.
        clock.set(20 * yearMs)
        await look(aDay - 1)
        clock.set(-20 * yearMs)
        await look(1)
        expect(remains()).to.equal('+++')
      }))

  it('keeps a study that was analysed again between the two looks', () =>
    onBench(async ({ clock, look, finish, remains }) => {
      clock.advance(31 * dayMs)
      await look(aDay - 1)
      finish()
      // The service was down until the new result is past its period too.
      clock.set(31 * dayMs)
      await look(2)
      expect(remains()).to.match(/^\+\+/)
    }))
})
