import { expect } from 'chai'
import { Stopwatch, localIso } from '../src/clock.ts'

describe('the stopwatch', () => {
  it('adds up the time of each step, also of one that fails, and times measured elsewhere', async () => {
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

describe('the time of an analysis', () => {
  it('names the same moment with the zone of the machine', () => {
    const moment = new Date('2026-07-01T22:30:15.250Z')
    expect(localIso(moment)).to.match(/^2026-07-0[12]T\d{2}:\d{2}:15\.250[+-]\d{2}:\d{2}$/)
    expect(new Date(localIso(moment)).getTime()).to.equal(moment.getTime())
  })
})
