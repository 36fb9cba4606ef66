import { expect } from 'chai'
import { TriageError } from '../../src/errors/triage-error.ts'
import { busy } from '../../src/clients/http/errors.ts'
import { keepFollowing } from '../../src/intake/feed/keep-following.ts'

/** More to read, caught up, or a failure. */
type Step = 'more' | 'caught up' | 'fails'

const pollSeconds = 0.0001

/** Takes these steps and stops. Returns what was logged, with the number of steps and of pauses after each outcome. */
async function follow(steps: readonly Step[], seconds = pollSeconds) {
  const end = new AbortController()
  const warnings: object[] = []
  const told: string[] = []
  let taken = 0
  let pauses = 0
  const next = (): Promise<boolean> => {
    const step = steps[taken++]
    if (taken >= steps.length) end.abort()
    if (step === 'fails') return Promise.reject(new TriageError(busy, 'transient', 'The archive is busy.'))
    return Promise.resolve(step === 'caught up')
  }
  await keepFollowing(next, {
    what: 'The feed',
    pollSeconds: () => {
      pauses++
      return seconds
    },
    signal: end.signal,
    log: {
      info: (facts, message) => told.push(`${message} ${JSON.stringify(facts)}`),
      warn: (facts, message) => {
        warnings.push(facts)
        told.push(message)
        if (seconds > pollSeconds)
          setImmediate(() => {
            end.abort()
          })
      },
    },
    onCaughtUp: () => told.push('caught up'),
  })
  return { warnings, told, taken, pauses }
}

const ignore = (): void => undefined

const pausesOf = (warnings: readonly object[]) =>
  warnings.map((facts) => ('pauseSeconds' in facts ? facts.pauseSeconds : undefined))

describe('following an archive', () => {
  it('pauses twice as long after each failure in a row, and starts over after a success of either kind', async () => {
    const { warnings } = await follow([
      'fails',
      'fails',
      'fails',
      'more',
      'fails',
      'fails',
      'caught up',
      'fails',
      'more',
    ])
    expect(pausesOf(warnings)).to.deep.equal([1, 2, 4, 1, 2, 1].map((times) => times * pollSeconds))
    expect(warnings.map((facts) => ('failures' in facts ? facts.failures : undefined))).to.deep.equal([
      1, 2, 3, 1, 2, 1,
    ])
  })

  it('pauses a minute at most, and ends its pause when stopped', async () => {
    const { warnings, taken } = await follow(['fails', 'more'], 90)
    expect(pausesOf(warnings)).to.deep.equal([60])
    expect(taken).to.equal(1)
  })

  for (const [end, step] of Object.entries({
    'has caught up': () => Promise.resolve(true),
    fails: () => Promise.reject(new Error('no answer')),
  }))
    it(`pauses for seconds and not for milliseconds after a step that ${end}`, async () => {
      const stopping = new AbortController()
      let taken = 0
      const counted = (): Promise<boolean> => {
        taken++
        return step()
      }
      const log = { info: ignore, warn: ignore }
      const options = { what: 'The feed', pollSeconds: () => 60, signal: stopping.signal, log }
      const following = keepFollowing(counted, options)
      // Timers of one millisecond end before this one.
      await new Promise((resolve) => setTimeout(resolve, 10))
      stopping.abort()
      await following
      expect(taken).to.equal(1)
    })

  it('tells each failure with its reason, and each recovery once with the number of failures', async () => {
    const { told } = await follow(['more', 'fails', 'fails', 'caught up', 'caught up', 'fails', 'more', 'more', 'more'])
    const failed = 'The feed failed and will be retried: The archive is busy.'
    expect(told).to.deep.equal([
      failed,
      failed,
      'The feed has recovered. {"failures":2}',
      'caught up',
      'caught up',
      failed,
      'The feed has recovered. {"failures":1}',
    ])
  })

  it('reads on without a pause as long as there is more to read', async () => {
    const { pauses, taken } = await follow(['more', 'more', 'caught up', 'more'])
    expect([pauses, taken]).to.deep.equal([1, 4])
  })

  it('tells no failure if it was stopped in the meantime', async () => {
    expect((await follow(['more', 'fails'])).told).to.deep.equal([])
  })
})
