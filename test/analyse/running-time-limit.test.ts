import { expect } from 'chai'
import fc from 'fast-check'
import { RunningTimeLimit } from '../../src/analyse/running-time-limit.ts'

/** A limit under a clock that the test sets; `after` ticks once, so many milliseconds later. */
function limitOf(ms: number) {
  let now = 5000
  let tick: (() => void) | undefined
  const limit = new RunningTimeLimit(
    ms,
    () => now,
    (run, everyMs) => {
      expect(everyMs).to.equal(1000)
      tick = run
      return () => {
        tick = undefined
      }
    },
  )
  const after = (passedMs: number) => {
    now += passedMs
    tick?.()
  }
  return { limit, after, isTicking: () => tick !== undefined }
}

describe('a limit on running time', () => {
  it('is reached after so many seconds of running, and then ends', () => {
    const { limit, after, isTicking } = limitOf(3000)
    for (const expected of [false, false, true]) {
      after(1000)
      expect(limit.signal.aborted).to.equal(expected)
    }
    expect(isTicking()).to.equal(false)
  })

  it('is not reached a millisecond before its end', () => {
    const { limit, after } = limitOf(1001)
    after(1000)
    expect(limit.signal.aborted).to.equal(false)
    after(1)
    expect(limit.signal.aborted).to.equal(true)
  })

  it('is not reached by a pause, however long, and is reached by the running time around it', () => {
    const { limit, after } = limitOf(60_000)
    for (let second = 0; second < 58; second++) after(1000)
    after(24 * 60 * 60_000)
    expect(limit.signal.aborted).to.equal(false)
    after(1000)
    expect(limit.signal.aborted).to.equal(true)
  })

  it('is not reached once it was ended', () => {
    const { limit, after, isTicking } = limitOf(1000)
    limit.end()
    after(5000)
    expect([limit.signal.aborted, isTicking()]).to.deep.equal([false, false])
  })

  it('is reached exactly when the ticks, each of at most a second, add up to it', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.array(fc.oneof(fc.integer({ min: 0, max: 1100 }), fc.integer({ min: 0, max: 10_000_000 })), {
          maxLength: 40,
        }),
        (ms, passed) => {
          const { limit, after } = limitOf(ms)
          let ran = 0
          for (const passedMs of passed) {
            after(passedMs)
            ran += Math.min(passedMs, 1000)
            expect(limit.signal.aborted).to.equal(ran >= ms)
          }
        },
      ),
      { numRuns: 300 },
    )
  })

  it('runs by itself on the clock of the machine', async () => {
    let now = 0
    const limit = new RunningTimeLimit(1, () => (now += 1000))
    await new Promise((resolve) => {
      const alive = setInterval(() => undefined, 1000)
      limit.signal.addEventListener('abort', () => {
        clearInterval(alive)
        resolve(undefined)
      })
    })
    expect(limit.signal.aborted).to.equal(true)
  })
})
