import { expect } from 'chai'
import fc from 'fast-check'
import type { Claim, Queue } from '../../../src/service/queue/queue.ts'
import { lanes } from '../../../src/service/queue/queue.ts'
import { type FinishedState, finishedStates } from '../../../src/service/queue/job-states.ts'
import { studyUid } from '../fixtures.ts'
import type { ModelJob, QueueModel } from './queue-model.ts'

/** The queue under test, and every claim that its workers ever received. */
export interface RealQueue {
  queue: Queue
  readonly claims: Claim[]
  readonly leaseMs: number
  /** Lets time pass. With a negative number, the time of day is set back and no time passes. */
  advance(ms: number): void
  /** The process ends without a word to the queue, and the next one opens it. */
  crash(): Promise<void>
}

type Command = fc.AsyncCommand<QueueModel, RealQueue>

/** A command that is compared with the model by its own answer and by what the queue shows of all its jobs. */
function command(name: string, run: (model: QueueModel, real: RealQueue) => Promise<void>): Command {
  return {
    check: () => true,
    run: async (model, real) => {
      await run(model, real)
      await expectSame(model, real.queue)
    },
    toString: () => name,
  }
}

const uids = [1, 2, 3].map(studyUid)

async function expectSame(model: QueueModel, queue: Queue): Promise<void> {
  const shown = (job: ModelJob) => ({ uid: job.uid, state: job.state, attempt: job.attempt })
  const unfinished = await queue.unfinished()
  expect(
    unfinished.map(({ study, state, attempt }) => ({ uid: study.studyInstanceUid, state, attempt })),
  ).to.deep.equal(model.unfinished().map(shown))
  for (const uid of uids) {
    const job = await queue.job(uid)
    const expected = model.job(uid)
    expect(job && { uid, state: job.state, attempt: job.attempt }).to.deep.equal(expected && shown(expected))
  }
}

/** Mostly the same study, so that one has a long history. */
const uid = fc.oneof(
  { weight: 2, arbitrary: fc.constant(uids[0]!) },
  { weight: 1, arbitrary: fc.constantFrom(...uids) },
)

const enqueue = fc
  .tuple(uid, fc.constantFrom(...lanes), fc.constantFrom('arrived' as const, 'asked-for' as const))
  .map(([study, lane, cause]) =>
    command(`enqueue ${study} ${lane} ${cause}`, async (model, { queue }) => {
      expect(await queue.enqueue({ studyInstanceUid: study }, lane, cause)).to.equal(model.enqueue(study, lane, cause))
    }),
  )

const cancel = uid.map((study) =>
  command(`cancel ${study}`, async (model, { queue }) => {
    expect(await queue.cancel(study)).to.equal(model.cancel(study))
  }),
)

const claim = command('claim', async (model, { queue, claims }) => {
  const expected = model.claim()
  const claimed = await queue.claim()
  expect(claimed && { uid: claimed.study.studyInstanceUid, attempt: claimed.attempt }).to.deep.equal(
    expected && { uid: expected.uid, attempt: expected.attempt },
  )
  if (claimed !== undefined) claims.push(claimed)
})

/** What a worker does with a claim, which it may have lost. `back` counts from its latest claim. */
function withClaim(
  name: string,
  back: number,
  onQueue: (claim: Claim, queue: Queue, model: QueueModel) => Promise<void>,
  onModel: (job: ModelJob, model: QueueModel) => void,
): Command {
  return command(`${name} (claim ${back} before the latest)`, async (model, { queue, claims }) => {
    const index = claims.length - 1 - back
    const claimed = claims[index]
    if (claimed === undefined) return
    const held = model.held(index)
    const code = await onQueue(claimed, queue, model).then(() => undefined, codeOf)
    expect(code).to.equal(held === undefined ? 'SERVICE_CLAIM_LOST' : undefined)
    if (held !== undefined) onModel(held, model)
  })
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : error
}

/** Mostly the latest claims, because older ones are lost. */
const back = fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, { weight: 2, arbitrary: fc.nat({ max: 4 }) })

const renew = back.map((which) =>
  withClaim(
    'renew',
    which,
    (claimed, queue) => queue.renew(claimed),
    (job, model) => {
      model.renew(job)
    },
  ),
)

function finishWith(which: number, state: FinishedState): Command {
  return withClaim(
    `finish as ${state}`,
    which,
    (claimed, queue) => queue.finish(claimed, state),
    (job, model) => {
      model.finish(job, state)
    },
  )
}

const finish = fc.tuple(back, fc.constantFrom(...finishedStates)).map(([which, state]) => finishWith(which, state))

const retryAt = (leaseMs: number) =>
  fc.tuple(back, spanMs(leaseMs)).map(([which, inMs]) =>
    withClaim(
      `retry in ${inMs} ms`,
      which,
      (claimed, queue) => queue.retryIn(claimed, inMs),
      (job, model) => {
        model.retryIn(job, inMs)
      },
    ),
  )

const giveBack = back.map((which) =>
  withClaim(
    'give back',
    which,
    (claimed, queue) => queue.giveBack(claimed),
    (job, model) => {
      model.giveBack(job)
    },
  ),
)

const crash = fc.constant(
  command('crash', async (model, real) => {
    model.crash()
    await real.crash()
  }),
)

/** Times around the ends of leases, on both sides and exactly on them. */
function spanMs(leaseMs: number): fc.Arbitrary<number> {
  return fc.constantFrom(1, leaseMs / 2, leaseMs - 1, leaseMs, leaseMs + 1, 10 * leaseMs)
}

function pass(ms: number): Command {
  return command(`${ms} ms pass`, (model, real) => {
    model.nowMs += ms
    model.steadyMs += Math.max(0, ms)
    real.advance(ms)
    return Promise.resolve()
  })
}

function clock(leaseMs: number, sign: 1 | -1): fc.Arbitrary<Command> {
  return spanMs(leaseMs).map((ms) => pass(sign * ms))
}

const purge = (leaseMs: number) =>
  fc.oneof(fc.constant(0), spanMs(leaseMs)).map((ms) =>
    command(`purge what is older than ${ms} ms`, async (model, { queue }) => {
      const before = model.nowMs - ms
      expect(await queue.purge(new Date(before))).to.equal(model.purge(before))
    }),
  )

/** Sequences of everything that can happen to a queue. */
export function queueCommands(leaseMs: number): fc.Arbitrary<Iterable<Command>> {
  const claims = fc.constant(claim)
  const often = [enqueue, enqueue, claims, claims, claims, finish, retryAt(leaseMs), clock(leaseMs, 1)]
  const rarely = [cancel, renew, giveBack, crash, clock(leaseMs, -1), purge(leaseMs)]
  return fc.commands([...often, ...rarely], { maxCommands: 50, size: 'max' })
}

/**
 * Two workers work until nothing is left: every study ends that was not cancelled, and none runs once more than it was
 * enqueued for.
 */
export async function workOff(model: QueueModel, real: RealQueue): Promise<void> {
  const rounds = 4 * uids.length
  for (let round = 0; round < rounds && model.unfinished().length > 0; round++) {
    await pass(real.leaseMs * rounds).run(model, real)
    for (const one of [claim, claim, finishWith(1, 'done'), finishWith(0, 'done')]) await one.run(model, real)
  }
  expect(model.unfinished()).to.deep.equal([])
}
