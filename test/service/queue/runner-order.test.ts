import { expect } from 'chai'
import type { BackgroundWork } from '../../../src/background.ts'
import { claimLost } from '../../../src/service/queue/errors.ts'
import type { Claim, Queue } from '../../../src/service/queue/queue.ts'
import { runQueue } from '../../../src/service/queue/run-queue.ts'
import type { WorkReporter } from '../../../src/service/queue/work-reporter.ts'
import { setClock, until } from '../fixtures.ts'
import { type Triage, failing, log, one, outcomeFor, two } from './runner-bench.ts'

const never = 3_600_000

/** A queue and a reporter that are as slow as Redis. The journal names each call, and the one that it did not await. */
class SlowParts {
  readonly journal: string[] = []
  readonly listeners = new Set<() => void>()
  readonly events: string[] = []
  #current: string | undefined
  readonly #claims: Claim[]

  constructor(claims: readonly Claim[]) {
    this.#claims = [...claims]
  }

  async step(name: string): Promise<void> {
    this.journal.push(this.#current === undefined ? name : `${name} during ${this.#current}`)
    this.#current = name
    await new Promise(setImmediate)
    this.#current = undefined
  }

  readonly queue = {
    claim: async () => {
      await this.step('claim')
      return this.#claims.shift()
    },
    renew: ({ receipt }: Claim) => this.step(`renew ${receipt}`),
    finish: ({ receipt }: Claim, state: string) => this.step(`finish ${receipt} ${state}`),
    retryIn: ({ receipt }: Claim) => this.step(`retryIn ${receipt}`),
    giveBack: ({ receipt }: Claim) => this.step(`giveBack ${receipt}`),
    onWork: (listener: () => void) => {
      this.listeners.add(listener)
      return () => this.listeners.delete(listener)
    },
  }

  readonly reporter: WorkReporter = {
    started: () => this.step('report started'),
    ended: () => this.step('report ended'),
    retrying: () => this.step('report retrying'),
    dead: (_study, _attempt, { code }) => this.step(`report dead ${code}`),
    waiting: () => this.step('report waiting'),
  }

  run(
    triage: Triage,
    over: { queue?: Partial<Queue>; concurrency?: number; renewEveryMs?: number } = {},
  ): BackgroundWork {
    return runQueue({
      queue: { ...this.queue, ...over.queue } as unknown as Queue,
      reporter: this.reporter,
      mayTake: () => this.step('may take'),
      triage: (study) => this.step('triage').then(() => triage(study)),
      concurrency: over.concurrency ?? 1,
      maxAttempts: () => 3,
      ...{ renewEveryMs: over.renewEveryMs ?? never, idleMs: never, clock: setClock(), random: () => 0 },
      log: { ...log, failure: (event) => this.events.push(event) },
    })
  }
}

const claimOf = (receipt: string, attempt = 1): Claim => ({ study: receipt === 'b' ? two : one, attempt, receipt })
const asked = ['may take', 'claim']

describe('order of a queue runner', () => {
  for (const [name, end, expected] of [
    ['a finding', () => Promise.resolve(outcomeFor(one)), ['report ended', 'finish a done']],
    ['a skipped study', () => Promise.resolve({ kind: 'skipped', reasons: [] }), ['report ended', 'finish a skipped']],
    ['a failure to be retried', () => Promise.reject(failing('transient')), ['report retrying', 'retryIn a']],
    [
      'a permanent failure',
      () => Promise.reject(failing('permanent')),
      ['report dead HTTP_UNAUTHORIZED', 'finish a dead'],
    ],
  ] satisfies [string, Triage, string[]][])
    it(`with ${name}: each step ends before the next, and the next study comes last`, async () => {
      const parts = new SlowParts([claimOf('a')])
      const running = parts.run(end)
      const whole = [...asked, 'report started', 'triage', 'renew a', ...expected, ...asked]
      await until(() => parts.journal.length >= whole.length)
      await running.stop()
      expect(parts.journal).to.deep.equal(whole)
    })

  it('with a study whose attempts are used up: reports it dead before it ends it, and does not process it', async () => {
    const parts = new SlowParts([claimOf('a', 4)])
    const running = parts.run(() => Promise.resolve(outcomeFor(one)))
    const whole = [...asked, 'report dead SERVICE_ATTEMPTS_USED_UP', 'finish a dead', ...asked]
    await until(() => parts.journal.length >= whole.length)
    await running.stop()
    expect(parts.journal).to.deep.equal(whole)
  })

  it('at a stop: gives one study after the other back before it returns, and asks nothing of the queue later', async () => {
    const parts = new SlowParts([claimOf('a'), claimOf('b')])
    const { promise, resolve } = Promise.withResolvers<undefined>()
    let processed = 0
    const triage = (study: typeof one) => {
      processed++
      return promise.then(() => outcomeFor(study))
    }
    const running = parts.run(triage, { concurrency: 2 })
    await until(() => processed === 2)
    parts.journal.length = 0
    await running.stop(0)
    const givenBack = (receipt: string) => [`renew ${receipt}`, 'report waiting', `giveBack ${receipt}`]
    parts.journal.push('stopped')
    resolve(undefined)
    for (let turn = 0; turn < 10; turn++) await new Promise(setImmediate)
    expect(parts.journal).to.deep.equal([...givenBack('a'), ...givenBack('b'), 'stopped'])
  })

  it('claims nothing while it may not take studies', async () => {
    const parts = new SlowParts([claimOf('a')])
    parts.step = (name) => {
      parts.journal.push(name)
      return name === 'may take' ? Promise.reject(new Error('no coordinator')) : Promise.resolve()
    }
    const running = parts.run(() => Promise.resolve(outcomeFor(one)))
    await until(() => parts.events.length === 1)
    await running.stop()
    expect(parts.journal).to.deep.equal(['may take'])
  })

  it('claims again as soon as the queue announces work', async () => {
    const parts = new SlowParts([])
    const running = parts.run(() => Promise.resolve(outcomeFor(one)))
    await until(() => parts.journal.length === asked.length)
    for (const listener of parts.listeners) listener()
    await until(() => parts.journal.length === 2 * asked.length)
    await running.stop()
    expect(parts.listeners.size).to.equal(0)
  })

  for (const [name, error, event] of [
    ['that the lease is lost', claimLost(), 'study.claim-lost'],
    ['that the queue cannot be reached', new Error('no answer'), 'queue.failed'],
  ] as const)
    it(`logs ${name} if a renewal fails for that reason`, async () => {
      const parts = new SlowParts([claimOf('a')])
      const running = parts.run(() => new Promise<never>(() => undefined), {
        queue: { renew: () => Promise.reject(error) },
        renewEveryMs: 1,
      })
      await until(() => parts.events.length > 0)
      await running.stop(0)
      expect(parts.events[0]).to.equal(event)
    })
})
