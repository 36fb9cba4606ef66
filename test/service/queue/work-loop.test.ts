import { expect } from 'chai'
import { runInBackground } from '../../../src/background.ts'
import { WorkListeners } from '../../../src/service/queue/work-listeners.ts'
import { type WorkSource, workThrough } from '../../../src/service/queue/work-loop.ts'
import { until } from '../fixtures.ts'

const never = 3_600_000

async function onLoop(source: WorkSource<string>, done: () => boolean): Promise<void> {
  const loop = runInBackground((stopping) => workThrough(source, stopping))
  try {
    await until(done)
  } finally {
    await loop.stop()
  }
}

describe('work loop', () => {
  it('takes work announced during `next` without waiting', async () => {
    const listeners = new WorkListeners()
    const waiting: string[] = []
    const done: string[] = []
    let asked = 0
    const source = {
      next: () => {
        // The source returns nothing, and work arrives before the loop waits.
        if (asked++ === 0) {
          waiting.push('late')
          listeners.announce()
          return Promise.resolve(undefined)
        }
        return Promise.resolve(waiting.shift())
      },
      workOn: (work: string) => {
        done.push(work)
        return Promise.resolve()
      },
      failed: () => undefined,
      onWork: (listener: () => void) => listeners.add(listener),
      idleMs: never,
    }
    await onLoop(source, () => done.length === 1)
    expect(done).to.deep.equal(['late'])
  })

  it('reports a unit of work that throws, and takes the next one after the idle time', async () => {
    const failures: unknown[] = []
    const waiting = ['broken', 'sound']
    const done: string[] = []
    const source = {
      next: () => Promise.resolve(waiting.shift()),
      workOn: (work: string) => {
        if (work === 'broken') return Promise.reject(new Error(work))
        done.push(work)
        return Promise.resolve()
      },
      failed: (error: unknown) => {
        failures.push(error)
      },
      idleMs: 1,
    }
    await onLoop(source, () => done.length === 1)
    expect(failures.map(String)).to.deep.equal(['Error: broken'])
  })

  it('asks again after a failure only when work is announced or the idle time has passed, and unsubscribes', async () => {
    const listeners = new Set<() => void>()
    let asked = 0
    const source = {
      next: async () => {
        asked++
        await new Promise(setImmediate)
        throw new Error('no answer')
      },
      workOn: () => Promise.resolve(),
      failed: () => undefined,
      onWork: (listener: () => void) => {
        listeners.add(listener)
        return () => listeners.delete(listener)
      },
      idleMs: never,
    }
    const loop = runInBackground((stopping) => workThrough(source, stopping))
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    expect(asked).to.equal(1)
    for (const listener of listeners) listener()
    await until(() => asked === 2)
    expect(listeners.size).to.equal(1)
    await loop.stop()
    expect(listeners.size).to.equal(0)
  })
})

describe('work listeners', () => {
  it('calls the other listeners when one removes itself during its call', () => {
    const listeners = new WorkListeners()
    const called: string[] = []
    const forget = listeners.add(() => {
      called.push('once')
      forget()
    })
    listeners.add(() => called.push('always'))
    listeners.announce()
    listeners.announce()
    expect(called).to.deep.equal(['once', 'always', 'always'])
  })
})
