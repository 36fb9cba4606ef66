import type { Redis } from 'ioredis'
import type { StudyRef } from '../../intake/study.ts'
import {
  type BullJob,
  type BullStudies,
  type JobData,
  addJob,
  comeBackIn,
  comeBackNow,
  findJob,
  isBefore,
  isNotOurs,
  openBullStudies,
  removeJob,
  studyOf,
  takeJob,
  toJob,
  wakeDelayed,
} from './bull-jobs.ts'
import { claimLost } from './errors.ts'
import type { FinishedState } from './job-states.ts'
import type { Claim, EnqueueCause, Job, Lane, Queue } from './queue.ts'
import type { CancelEffect, EnqueueEffect } from './queue-effects.ts'
import { askRedis, openCommands, openListener, serverTimeMs } from '../cluster/redis-connection.ts'
import { ReturningStudies } from './returning-studies.ts'
import { WorkListeners } from './work-listeners.ts'

interface RedisQueueOptions {
  readonly redisUrl: string
  /** Duration of a lease. A worker that does not renew it in time loses its study to another. */
  readonly leaseMs: number
  /** Interval between checks for lapsed leases. Whichever process is first runs the check. */
  readonly silenceCheckMs: number
  /** Publishes what workers need to know about a study before any of them can claim its job. */
  readonly beforeEnqueue?: (study: StudyRef) => Promise<void>
}

/**
 * Jobs in a bull queue on Redis, for workers in any number of processes and machines. Each study is one bull job with
 * its UID as id. The states are bull's: `wait`, `active`, `delayed`, `completed` (done or skipped), `failed` (dead
 * letters).
 */
export class RedisQueue implements Queue {
  readonly #bull: BullStudies
  readonly #commands: Redis
  readonly #listener: Redis
  readonly #leaseMs: number
  readonly #beforeEnqueue: (study: StudyRef) => Promise<void>
  readonly #returning: ReturningStudies
  readonly #claimed = new WeakMap<Claim, BullJob>()
  readonly #listeners = new WorkListeners()

  constructor(options: RedisQueueOptions) {
    this.#commands = openCommands(options.redisUrl)
    this.#listener = openListener(options.redisUrl)
    this.#leaseMs = options.leaseMs
    this.#beforeEnqueue = options.beforeEnqueue ?? (() => Promise.resolve())
    this.#bull = openBullStudies(this.#commands, this.#listener, options)
    this.#returning = new ReturningStudies(this.#commands)
    // Only once connected: before that, bull waits on a promise whose rejection on `close` would go unhandled.
    this.#listener.once('ready', () => {
      this.#bull.on('global:waiting', () => {
        this.#listeners.announce()
      })
    })
  }

  enqueue(study: StudyRef, lane: Lane, cause: EnqueueCause): Promise<EnqueueEffect> {
    return this.#ask(async () => {
      const uid = study.studyInstanceUid
      const found = await findJob(this.#bull, uid)
      if (found.place === 'active') return this.#afterCurrent(uid)
      if (found.place === 'waiting' && !isBefore(lane, found.job.data.lane)) return 'unchanged'
      // An arrival does not bring a retry forward: the archive itself may be what failed.
      if (found.place === 'retrying' && cause === 'arrived') return 'unchanged'
      await this.#beforeEnqueue(study)
      const earlier = found.place === 'absent' ? undefined : found.job
      const known = earlier === undefined ? study : { ...studyOf(earlier), ...study }
      // If a worker has claimed it in the meantime, it is queued again afterwards.
      if (!(await this.#replace(earlier, { ...known, lane, attempt: 0 }))) return this.#afterCurrent(uid)
      this.#listeners.announce()
      return 'queued'
    })
  }

  async #afterCurrent(uid: string): Promise<EnqueueEffect> {
    await this.#returning.add(uid)
    return 'after-current'
  }

  /** Replaces a study's job with a new one. Returns false if the earlier one is being worked on. */
  async #replace(earlier: BullJob | undefined, data: JobData): Promise<boolean> {
    if (earlier !== undefined && !(await removeJob(earlier))) return false
    await addJob(this.#bull, data)
    return true
  }

  cancel(uid: string): Promise<CancelEffect> {
    return this.#ask(async () => {
      const found = await findJob(this.#bull, uid)
      if (found.place === 'absent' || found.place === 'finished') return 'nothing'
      if (found.place !== 'active' && (await removeJob(found.job))) return 'cancelled'
      await this.#returning.forget(uid)
      return 'under-way'
    })
  }

  claim(): Promise<Claim | undefined> {
    return this.#ask(async () => {
      await this.#bull.isReady()
      await this.#bull.moveUnlockedJobsToWait()
      await wakeDelayed(this.#bull, await serverTimeMs(this.#commands))
      await this.#bringBackReturning()
      const receipt = crypto.randomUUID()
      const job = await takeJob(this.#bull, receipt)
      if (job === null) return undefined
      const attempt = job.data.attempt + 1
      await job.update({ ...job.data, attempt })
      const claim = { study: studyOf(job), attempt, receipt }
      this.#claimed.set(claim, job)
      return claim
    })
  }

  /** Once the work on them has ended, requeues the studies that were enqueued again while it ran. */
  async #bringBackReturning(): Promise<void> {
    for (const uid of await this.#returning.list()) {
      const found = await findJob(this.#bull, uid)
      if (found.place === 'active') continue
      await this.#returning.whileTaking(uid, async () => {
        if (found.place === 'finished') await this.#replace(found.job, { ...found.job.data, attempt: 0 })
      })
    }
  }

  renew(claim: Claim): Promise<void> {
    return this.#settle(claim, (job) => this.#extend(job))
  }

  finish(claim: Claim, state: FinishedState): Promise<void> {
    return this.#settle(claim, async (job) => {
      if (state === 'dead') {
        await job.discard()
        await job.moveToFailed({ message: 'dead' })
      } else {
        await job.moveToCompleted(state, false, true)
      }
      await this.#bringBackReturning()
      this.#listeners.announce()
    })
  }

  retryIn(claim: Claim, waitMs: number): Promise<void> {
    return this.#settle(claim, async (job) => {
      await this.#extend(job)
      await this.#returning.forget(job.data.studyInstanceUid)
      await comeBackIn(waitMs, job, await serverTimeMs(this.#commands))
      this.#listeners.announce()
    })
  }

  giveBack(claim: Claim): Promise<void> {
    return this.#settle(claim, async (job) => {
      await this.#extend(job)
      await job.update({ ...job.data, attempt: claim.attempt - 1 })
      await this.#returning.forget(job.data.studyInstanceUid)
      await comeBackNow(job)
      this.#listeners.announce()
    })
  }

  async #extend(job: BullJob): Promise<void> {
    if ((await job.extendLock(this.#leaseMs)) !== 1) throw claimLost()
  }

  /** Changes a job if the claim is still valid. */
  #settle(claim: Claim, work: (job: BullJob) => Promise<void>): Promise<void> {
    const job = this.#claimed.get(claim)
    if (job === undefined) return Promise.reject(claimLost())
    return this.#ask(() =>
      work(job).catch((error: unknown) => {
        throw isNotOurs(error) ? claimLost() : error
      }),
    )
  }

  job(uid: string): Promise<Job | undefined> {
    return this.#ask(async () => {
      const found = await findJob(this.#bull, uid)
      return found.place === 'absent' ? undefined : toJob(found.job, found.place)
    })
  }

  unfinished(): Promise<readonly Job[]> {
    return this.#ask(async () => {
      const [active, waiting, retrying] = await Promise.all([
        this.#bull.getActive(),
        this.#bull.getWaiting(),
        this.#bull.getDelayed(),
      ])
      // bull lists ids and then reads each job. A job removed in between reads as null.
      const present = (jobs: readonly (BullJob | null)[]) => jobs.filter((job) => job !== null)
      return [
        ...present(active).map((job) => toJob(job, 'active')),
        ...present(waiting).map((job) => toJob(job, 'waiting')),
        ...present(retrying).map((job) => toJob(job, 'retrying')),
      ]
    })
  }

  onWork(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  purge(before: Date): Promise<number> {
    return this.#ask(async () => {
      const graceMs = Date.now() - before.getTime()
      const finished = await this.#bull.clean(graceMs, 'completed')
      const dead = await this.#bull.clean(graceMs, 'failed')
      return finished.length + dead.length
    })
  }

  /** Redis refuses writes when it is full or cannot save, and then answers reads as usual. */
  probe(): Promise<void> {
    return this.#ask(async () => {
      await this.#commands.set('lung-triage:probe', '1', 'PX', this.#leaseMs)
    })
  }

  async close(): Promise<void> {
    await this.#bull.close(true)
    for (const connection of [this.#commands, this.#listener]) connection.disconnect()
  }

  #ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return askRedis(this.#commands, work)
  }
}
