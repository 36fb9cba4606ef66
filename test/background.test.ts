import { expect } from 'chai'
import { pause, runInBackground } from '../src/background.ts'

describe('background work', () => {
  it('is told to stop, and waited for if stopped without a grace period', async () => {
    const order: string[] = []
    const released = Promise.withResolvers<undefined>()
    const work = runInBackground(async (stopping) => {
      await released.promise
      order.push(stopping.aborted ? 'ended after the request' : 'ended')
    })
    const stopped = work.stop().then(() => order.push('stopped'))
    // Lets `stop` return too early.
    await new Promise(setImmediate)
    released.resolve(undefined)
    await stopped
    expect(order).to.deep.equal(['ended after the request', 'stopped'])
  })

  it('is told to stop, and no longer waited for after the grace period', async () => {
    const order: string[] = []
    const released = Promise.withResolvers<undefined>()
    const ended = Promise.withResolvers<undefined>()
    const work = runInBackground(async (stopping) => {
      await released.promise
      order.push(stopping.aborted ? 'ended after the request' : 'ended')
      ended.resolve(undefined)
    })
    await work.stop(5)
    order.push('stopped')
    released.resolve(undefined)
    await ended.promise
    expect(order).to.deep.equal(['stopped', 'ended after the request'])
  })

  it('ends a pause immediately and without an error when stopped', async () => {
    const order: string[] = []
    const work = runInBackground(async (stopping) => {
      // Longer than the time limit of the test.
      await pause(3_600_000, stopping)
      order.push('paused')
    })
    await work.stop()
    expect(order).to.deep.equal(['paused'])
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
})
