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

  it('ends a pause immediately when stopped', async () => {
    const work = runInBackground((stopping) => pause(60_000, stopping))
    await work.stop()
  })
})
