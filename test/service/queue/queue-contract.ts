import { expect } from 'chai'
import type { StudyRef } from '../../../src/intake/study.ts'
import type { Claim, Lane, Queue } from '../../../src/service/queue/queue.ts'
import { studyUid, until } from '../fixtures.ts'

/** A queue under test, with control over its time and restarts. */
export interface QueueBench {
  readonly queue: Queue
  readonly leaseMs: number
  readonly now: () => Date
  /** Lets time pass for the queue. */
  advance(ms: number): Promise<void>
  /** The queue as a new process finds it after this one was killed. */
  restart(): Promise<QueueBench>
  close(): Promise<void>
}

/** Tests that every queue implementation passes. `open` opens an empty queue. */
export function queueContract(open: () => Promise<QueueBench>): void {
  const study = (number: number): StudyRef => ({ studyInstanceUid: studyUid(number) })
  let bench: QueueBench

  beforeEach(async () => {
    bench = await open()
  })
  afterEach(() => bench.close())

  const enqueue = (number: number, lane: Lane = 'normal') => bench.queue.enqueue(study(number), lane, 'arrived')
  // A queue may take a moment to notice that a lease has lapsed. The limit is mocha's timeout.
  const claim = async (): Promise<Claim> => {
    let claimed: Claim | undefined
    await until(async () => (claimed = await bench.queue.claim()) !== undefined)
    return claimed!
  }
  const stateOf = async (number: number) => (await bench.queue.job(studyUid(number)))?.state
  const claimLost = async (action: Promise<void>): Promise<void> => {
    const error: unknown = await action.then(
      () => undefined,
      (thrown: unknown) => thrown,
    )
    expect(error).to.have.property('code', 'SERVICE_CLAIM_LOST')
  }

  it('claims urgent studies first and backfill studies last, and those of a lane in order of arrival', async () => {
    await enqueue(5, 'backfill')
    await enqueue(1)
    await enqueue(2)
    await enqueue(3, 'urgent')
    await enqueue(4, 'urgent')
    const order = [await claim(), await claim(), await claim(), await claim(), await claim()]
    expect(order.map((one) => one.study.studyInstanceUid)).to.deep.equal([3, 4, 1, 2, 5].map(studyUid))
    expect(await bench.queue.claim()).to.equal(undefined)
  })

  it('keeps the Orthanc ID of a study', async () => {
    const orthancId = '0123abcd-0123abcd-0123abcd-0123abcd-0123abcd'
    await bench.queue.enqueue({ ...study(1), orthancId }, 'normal', 'arrived')
    expect((await claim()).study).to.deep.equal({ ...study(1), orthancId })
  })

  it('keeps the Orthanc ID when the study is enqueued again without it, and takes a new one', async () => {
    await bench.queue.enqueue({ ...study(1), orthancId: 'first' }, 'backfill', 'arrived')
    await enqueue(1)
    await bench.queue.enqueue({ ...study(2), orthancId: 'first' }, 'backfill', 'arrived')
    await bench.queue.enqueue({ ...study(2), orthancId: 'second' }, 'normal', 'arrived')
    expect([(await claim()).study, (await claim()).study]).to.deep.equal([
      { ...study(1), orthancId: 'first' },
      { ...study(2), orthancId: 'second' },
    ])
  })

  it('leaves a waiting study unchanged when it is enqueued again', async () => {
    expect(await enqueue(1)).to.equal('queued')
    expect(await enqueue(1)).to.equal('unchanged')
    await claim()
    expect(await bench.queue.claim()).to.equal(undefined)
  })

  it('moves a waiting study to the urgent lane', async () => {
    await enqueue(1)
    await enqueue(2)
    expect(await enqueue(2, 'urgent')).to.equal('queued')
    expect((await claim()).study).to.deep.equal(study(2))
    expect((await claim()).study).to.deep.equal(study(1))
    expect(await bench.queue.claim()).to.equal(undefined)
  })

  it('moves a backfill study to the normal lane when it arrives, and no normal study to the backfill lane', async () => {
    await enqueue(1, 'backfill')
    await enqueue(2, 'backfill')
    await enqueue(3)
    expect(await enqueue(2)).to.equal('queued')
    expect(await enqueue(3, 'backfill')).to.equal('unchanged')
    const order = [await claim(), await claim(), await claim()]
    expect(order.map((one) => one.study.studyInstanceUid)).to.deep.equal([3, 2, 1].map(studyUid))
  })

  it('repeats a study enqueued during its processing once afterwards, and never in parallel', async () => {
    await enqueue(1)
    const first = await claim()
    expect(await enqueue(1)).to.equal('after-current')
    expect(await bench.queue.claim()).to.equal(undefined)
    await bench.queue.finish(first, 'done')
    const second = await claim()
    expect(second.attempt).to.equal(1)
    await bench.queue.finish(second, 'done')
    expect(await stateOf(1)).to.equal('done')
  })

  for (const end of ['done', 'skipped', 'dead'] as const) {
    it(`starts a new job when a study that is ${end} is enqueued again`, async () => {
      await enqueue(1)
      await bench.queue.finish(await claim(), end)
      expect(await stateOf(1)).to.equal(end)
      expect(await enqueue(1)).to.equal('queued')
      expect((await claim()).attempt).to.equal(1)
    })
  }

  it('counts an attempt at the claim, so that a crash during the work uses it up', async () => {
    await enqueue(1)
    expect((await claim()).attempt).to.equal(1)
    bench = await bench.restart()
    expect((await claim()).attempt).to.equal(2)
    bench = await bench.restart()
    expect((await claim()).attempt).to.equal(3)
  })

  it('does not count the attempt of a study that is returned to the queue', async () => {
    await enqueue(1)
    await bench.queue.giveBack(await claim())
    expect((await claim()).attempt).to.equal(1)
  })

  it('offers a retry when it is due and not before', async () => {
    await enqueue(1)
    await bench.queue.retryIn(await claim(), 60_000)
    expect(await stateOf(1)).to.equal('retrying')
    await bench.advance(59_000)
    expect(await bench.queue.claim()).to.equal(undefined)
    await bench.advance(1_001)
    expect((await claim()).attempt).to.equal(2)
  })

  it('makes a retry due immediately when it is asked for, but not when the study arrives again', async () => {
    await enqueue(1)
    await bench.queue.retryIn(await claim(), 60_000)
    expect(await enqueue(1)).to.equal('unchanged')
    expect(await bench.queue.claim()).to.equal(undefined)
    expect(await bench.queue.enqueue(study(1), 'normal', 'asked-for')).to.equal('queued')
    expect((await claim()).attempt).to.equal(1)
  })

  it('gives a study with a lapsed lease to another worker and rejects the first claim', async () => {
    await enqueue(1)
    const silent = await claim()
    await bench.advance(bench.leaseMs + 1)
    const other = await claim()
    expect(other.study).to.deep.equal(study(1))
    expect(other.attempt).to.equal(2)
    await claimLost(bench.queue.finish(silent, 'done'))
    await claimLost(bench.queue.renew(silent))
    await claimLost(bench.queue.retryIn(silent, 0))
    await claimLost(bench.queue.giveBack(silent))
    await bench.queue.finish(other, 'done')
    await claimLost(bench.queue.finish(other, 'done'))
    expect(await stateOf(1)).to.equal('done')
  })

  it('rejects a lost claim after the study was cancelled and enqueued again', async () => {
    await enqueue(1)
    const silent = await claim()
    await bench.advance(bench.leaseMs + 1)
    await bench.queue.giveBack(await claim())
    expect(await bench.queue.cancel(studyUid(1))).to.equal('cancelled')
    await enqueue(1)
    const other = await claim()
    await claimLost(bench.queue.renew(silent))
    await claimLost(bench.queue.finish(silent, 'dead'))
    await bench.queue.finish(other, 'done')
    expect(await stateOf(1)).to.equal('done')
  })

  it('does not offer a study whose worker renews the lease', async () => {
    await enqueue(1)
    const held = await claim()
    await bench.advance(0.8 * bench.leaseMs)
    await bench.queue.renew(held)
    await bench.advance(0.8 * bench.leaseMs)
    expect(await bench.queue.claim()).to.equal(undefined)
    await bench.queue.finish(held, 'done')
  })

  it('keeps finished and unfinished jobs over a restart', async () => {
    await enqueue(1)
    await enqueue(2)
    await enqueue(3)
    await bench.queue.finish(await claim(), 'done')
    await claim()
    bench = await bench.restart()
    expect((await bench.queue.unfinished()).map((job) => job.study)).to.deep.equal([study(2), study(3)])
    expect(await stateOf(1)).to.equal('done')
    const first = await claim()
    await bench.queue.finish(first, 'done')
    const claimed = [first, await claim()]
    expect(claimed.map((one) => one.study.studyInstanceUid)).to.have.members([2, 3].map(studyUid))
  })

  it('cancels a waiting and a retrying study', async () => {
    await enqueue(1)
    await enqueue(2)
    await bench.queue.retryIn(await claim(), 60_000)
    expect(await bench.queue.cancel(studyUid(1))).to.equal('cancelled')
    expect(await bench.queue.cancel(studyUid(2))).to.equal('cancelled')
    await bench.advance(60_001)
    expect(await bench.queue.claim()).to.equal(undefined)
    expect(await bench.queue.job(studyUid(1))).to.equal(undefined)
    expect(await bench.queue.unfinished()).to.deep.equal([])
    expect(await enqueue(1)).to.equal('queued')
    expect((await claim()).attempt).to.equal(1)
  })

  it('cancels the repetition of an active study, but not its current run', async () => {
    await enqueue(1)
    const held = await claim()
    await enqueue(1)
    expect(await bench.queue.cancel(studyUid(1))).to.equal('under-way')
    await bench.queue.finish(held, 'done')
    expect(await bench.queue.claim()).to.equal(undefined)
    expect(await stateOf(1)).to.equal('done')
  })

  it('cancels nothing if the study is finished or unknown', async () => {
    await enqueue(1)
    await bench.queue.finish(await claim(), 'done')
    expect(await bench.queue.cancel(studyUid(1))).to.equal('nothing')
    expect(await bench.queue.cancel(studyUid(2))).to.equal('nothing')
    expect(await stateOf(1)).to.equal('done')
  })

  it('gives each study to only one of many concurrent claims', async () => {
    const numbers = Array.from({ length: 12 }, (_, index) => index)
    for (const number of numbers) await enqueue(number)
    const claims = await Promise.all(Array.from({ length: 20 }, () => bench.queue.claim()))
    const uids = claims.flatMap((one) => one?.study.studyInstanceUid ?? [])
    expect(uids.sort()).to.deep.equal(numbers.map(studyUid).sort())
  })

  it('notifies a listener of new work until it unsubscribes', async () => {
    let calls = 0
    const stop = bench.queue.onWork(() => calls++)
    await enqueue(1)
    expect(calls).to.be.greaterThan(0)
    stop()
    const before = calls
    await enqueue(2)
    expect(calls).to.equal(before)
  })

  it('notifies a listener of a study that is returned to the queue', async () => {
    await enqueue(1)
    const held = await claim()
    let calls = 0
    bench.queue.onWork(() => calls++)
    await bench.queue.giveBack(held)
    expect(calls).to.be.greaterThan(0)
  })

  it('purges finished jobs and keeps unfinished ones', async () => {
    for (const number of [1, 2, 3, 4]) await enqueue(number)
    for (const end of ['done', 'dead', 'skipped'] as const) await bench.queue.finish(await claim(), end)
    await bench.advance(10_000)
    expect(await bench.queue.purge(bench.now())).to.equal(3)
    expect(await Promise.all([1, 2, 3, 4].map(stateOf))).to.deep.equal([undefined, undefined, undefined, 'waiting'])
  })
}
