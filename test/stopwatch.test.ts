import { expect } from 'chai'
import { Stopwatch } from '../src/stopwatch.ts'

describe('the stopwatch', () => {
  it('sums the time of each step, including failed steps and times measured elsewhere', async () => {
    let nowMs = 0
    const stopwatch = new Stopwatch({ now: () => new Date(), steadyMs: () => nowMs })
    const take = (ms: number) => () => {
      nowMs += ms
      return Promise.resolve()
    }
    await stopwatch.time('fetch', take(5))
    await stopwatch.time('fetch', take(7))
    await stopwatch.time('report', () => Promise.reject(new Error('no'))).catch(() => undefined)
    stopwatch.add({ decode: 1.26 })
    expect(stopwatch.times).to.deep.equal({ fetch: 12, report: 0, decode: 1.3 })
  })
})
