import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { pause, runInBackground } from '../src/background.ts'

describe('background work', () => {
  it('waits for running work to finish if stopped without a grace period', async () => {
    let ended = false
    const work = runInBackground(async () => {
      await delay(20)
      ended = true
    })
    await work.stop()
    expect(ended).to.equal(true)
  })

  it('returns after the grace period if the work has not finished', async () => {
    const work = runInBackground(() => new Promise<never>(() => undefined))
    await work.stop(5)
  })

  it('returns as soon as the work has ended, within the grace period, and leaves no timer behind', async () => {
    const timers = () => process.getActiveResourcesInfo().filter((kind) => kind === 'Timeout').length
    // Mocha sets its own time limit only after the first step of a test.
    await new Promise(setImmediate)
    const before = timers()
    const work = runInBackground((stopping) => pause(60_000, stopping))
    await work.stop(3_600_000)
    expect(timers()).to.equal(before)
  })

  it('ends a pause immediately when stopped', async () => {
    const work = runInBackground((stopping) => pause(60_000, stopping))
    await work.stop()
  })
})
