import { setTimeout as delay } from 'node:timers/promises'
import { expect } from 'chai'
import { pause, runInBackground } from '../src/background.ts'

describe('work in the background', () => {
  it('stop without a grace, work that is under way: waits for its end', async () => {
    let ended = false
    const work = runInBackground(async () => {
      await delay(20)
      ended = true
    })
    await work.stop()
    expect(ended).to.equal(true)
  })

  it('stop with a grace, work that does not end: returns after the grace', async () => {
    const work = runInBackground(() => new Promise<never>(() => undefined))
    await work.stop(5)
  })

  it('stop, work that pauses: the pause ends at once', async () => {
    const work = runInBackground((stopping) => pause(60_000, stopping))
    await work.stop()
  })
})
