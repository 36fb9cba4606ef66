import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Claim, Queue } from '../../../src/service/queue/queue.ts'
import { longestDelayMs } from '../../../src/service/queue/retry-delay.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { type SetClock, freeClock, inTempDir, setClock, studyUid } from '../fixtures.ts'
import { type QueueBench, queueContract } from './queue-contract.ts'

const leaseMs = 30_000
const yearMs = 365 * 86_400_000

function bench(dir: string, clock: SetClock): QueueBench {
  const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs })
  return {
    queue,
    leaseMs,
    now: clock.now,
    advance: (ms) => {
      clock.advance(ms)
      return Promise.resolve()
    },
    restart: async () => {
      await queue.close()
      return bench(dir, clock)
    },
    close: async () => {
      await queue.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

describe('SQLite queue', () => {
  queueContract(() => Promise.resolve(bench(mkdtempSync(join(tmpdir(), 'lung-triage-queue-')), setClock())))

  for (const setMs of [-20 * yearMs, -3_600_000, 3_600_000, 20 * yearMs]) {
    it(`lets a retry wait as long as it was told if the clock is set by ${setMs} ms meanwhile`, () =>
      inTempDir(async (dir) => {
        const clock = freeClock()
        const { queue } = bench(dir, clock)
        await queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
        await queue.retryIn((await queue.claim())!, 60_000)
        clock.set(setMs)
        clock.advance(59_999)
        expect(await queue.claim()).to.equal(undefined)
        clock.advance(1)
        expect((await queue.claim())?.attempt).to.equal(2)
        await queue.close()
      }))

    it(`waits for a retry at most the longest back-off if the clock is set by ${setMs} ms across a restart`, () =>
      inTempDir(async (dir) => {
        const clock = freeClock()
        const first = bench(dir, clock)
        await first.queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
        await first.queue.retryIn((await first.queue.claim())!, longestDelayMs)
        clock.set(setMs)
        const { queue } = await first.restart()
        clock.advance(longestDelayMs)
        expect((await queue.claim())?.attempt).to.equal(2)
        await queue.close()
      }))
  }

  it('goes on waiting for a retry after a restart, for what is left', () =>
    inTempDir(async (dir) => {
      const before = freeClock()
      before.advance(yearMs)
      const first = bench(dir, before)
      await first.queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
      await first.queue.retryIn((await first.queue.claim())!, 60_000)
      before.advance(20_000)
      await first.queue.close()
      // The steady clock of a new process begins anew.
      const clock = freeClock(before.now().toISOString())
      const { queue } = bench(dir, clock)
      clock.advance(39_999)
      expect(await queue.claim()).to.equal(undefined)
      clock.advance(1)
      expect((await queue.claim())?.attempt).to.equal(2)
      await queue.close()
    }))
})

describe('lease in the SQLite queue', () => {
  /** A worker claims a study. Then the clock is set, and this much time passes. */
  const setAfterClaim = async (setMs: number, passMs: number): Promise<number | undefined> => {
    let attempt: number | undefined
    await inTempDir(async (dir) => {
      let nowMs = Date.parse('2026-03-01T08:00:00.000Z')
      let steadyMs = 0
      const clock = { now: () => new Date(nowMs), steadyMs: () => steadyMs }
      const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs })
      await queue.enqueue({ studyInstanceUid: studyUid(1) }, 'normal', 'arrived')
      await queue.claim()
      nowMs += setMs + passMs
      steadyMs += passMs
      attempt = (await queue.claim())?.attempt
      await queue.close()
    })
    return attempt
  }

  it('lapses in time even if the clock was set back', async () => {
    expect(await setAfterClaim(-86_400_000, leaseMs)).to.equal(2)
  })

  it('does not lapse because the clock was set forward', async () => {
    expect(await setAfterClaim(86_400_000, leaseMs - 1)).to.equal(undefined)
  })
})

describe('study that was being processed when the process ended', () => {
  const study = (number: number) => ({ studyInstanceUid: studyUid(number) })
  const numbers = (claims: readonly (Claim | undefined)[]) =>
    claims.map((claim) => claim && Number(claim.study.studyInstanceUid.split('.').at(-1)))

  /** Study 1 is being processed when the process ends; studies 2, 3 and 4 wait, and are more urgent. */
  const afterCrash = (test: (queue: Queue, clock: SetClock) => Promise<void>) =>
    inTempDir(async (dir) => {
      const clock = setClock()
      const crashed = bench(dir, clock)
      await crashed.queue.enqueue(study(1), 'backfill', 'arrived')
      await crashed.queue.claim()
      for (const number of [2, 3, 4]) await crashed.queue.enqueue(study(number), 'normal', 'arrived')
      const { queue } = await crashed.restart()
      await test(queue, clock)
      await queue.close()
    })

  it('is processed first and alone', () =>
    afterCrash(async (queue) => {
      expect(numbers([await queue.claim(), await queue.claim()])).to.deep.equal([1, undefined])
    }))

  it('runs one after another with other such studies, and before the others', () =>
    inTempDir(async (dir) => {
      const crashed = bench(dir, setClock())
      for (const number of [1, 2]) await crashed.queue.enqueue(study(number), 'normal', 'arrived')
      await crashed.queue.claim()
      await crashed.queue.claim()
      await crashed.queue.enqueue(study(3), 'urgent', 'arrived')
      const { queue } = await crashed.restart()
      const first = await queue.claim()
      expect(numbers([first, await queue.claim()])).to.deep.equal([1, undefined])
      await queue.finish(first!, 'done')
      expect(numbers([await queue.claim(), await queue.claim()])).to.deep.equal([2, undefined])
      await queue.close()
    }))

  for (const [name, end] of Object.entries<(queue: Queue, claim: Claim) => Promise<unknown>>({
    'its retry': (queue, claim) => queue.retryIn(claim, 0),
    'its repetition': async (queue, claim) => {
      await queue.enqueue(study(1), 'normal', 'arrived')
      await queue.finish(claim, 'done')
    },
    'a request after it was done': async (queue, claim) => {
      await queue.finish(claim, 'done')
      await queue.enqueue(study(1), 'normal', 'asked-for')
    },
    'a request after it became a dead letter': async (queue, claim) => {
      await queue.finish(claim, 'dead')
      await queue.enqueue(study(1), 'normal', 'asked-for')
    },
  }))
    it(`runs beside others at ${name}`, () =>
      afterCrash(async (queue) => {
        await end(queue, (await queue.claim())!)
        const claims = [await queue.claim(), await queue.claim(), await queue.claim(), await queue.claim()]
        expect(numbers(claims)).to.have.members([1, 2, 3, 4])
      }))

  for (const [name, requeue] of Object.entries<(queue: Queue) => Promise<unknown>>({
    'was returned to the queue': async (queue) => queue.giveBack((await queue.claim())!),
    'was moved to the urgent lane': (queue) => queue.enqueue(study(1), 'urgent', 'asked-for'),
    'lost its lease': (queue) => queue.claim(),
  }))
    it(`still runs alone if it ${name} without having ended`, () =>
      afterCrash(async (queue, clock) => {
        await requeue(queue)
        clock.advance(leaseMs)
        expect(numbers([await queue.claim(), await queue.claim()])).to.deep.equal([1, undefined])
      }))
})
