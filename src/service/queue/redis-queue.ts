import type { Redis } from 'ioredis'
import type { StudyRef } from '../../intake/study.ts'
import {
  type BullJob,
  type BullStudies,
  type JobData,
  addJob,
  comeBackIn,
  findJob,
  isBefore,
  isNotOurs,
  openBullStudies,
  removeJob,
  studyOf,
  takeJob,
  toJob,
} from './bull-jobs.ts'
import { claimLost } from './errors.ts'
import type { FinishedState } from './job-states.ts'
import type { CancelEffect, Claim, EnqueueCause, EnqueueEffect, Job, Lane, Queue } from './queue.ts'
import { askRedis, openCommands, openListener } from '../cluster/redis-connection.ts'
import { ReturningStudies } from './returning-studies.ts'
import { WorkListeners } from './work-listeners.ts'

interface RedisQueueOptions {
  readonly redisUrl: string
  /** How long a worker may be silent before its study is given to another. */
  readonly leaseMs: number
  /** How often silent workers are looked for, by whichever process is first. */
  readonly silenceCheckMs: number
  /** Makes known to workers what they need of a study, before one can have its job. */
  readonly beforeEnqueue?: (study: StudyRef) => Promise<void>
}

/**
 * Jobs in a bull queue on Redis, for workers in any number of processes and on any number of machines. A study is one bull job, whose
 * id is its UID: `wait`, `active`, `delayed`, `completed` (done or skipped) and `failed` (dead letters) are bull's own.
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
    // Not before: bull waits for the connection with a promise of its own, and one closed until then would be an unhandled rejection.
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
      // A study that waits for its next attempt is not hurried by the archive, whose trouble it may be waiting out.
      if (found.place === 'retrying' && cause === 'arrived') return 'unchanged'
      await this.#beforeEnqueue(study)
      const earlier = found.place === 'absent' ? undefined : found.job
      const known = earlier === undefined ? study : { ...studyOf(earlier), ...study }
      // Where a worker took it meanwhile, it comes again.
      if (!(await this.#replace(earlier, { ...known, lane, attempt: 0 }))) return this.#afterCurrent(uid)
      this.#listeners.announce()
      return 'queued'
    })
  }

  async #afterCurrent(uid: string): Promise<EnqueueEffect> {
    await this.#returning.add(uid)
    return 'after-current'
  }

  /** Puts a fresh job in the place of the one that a study has. Says whether it could: not where that one is being worked on. */
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
      await this.#bull.updateDelayTimer()
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

  /** Studies that came again while they were worked on wait again once that has ended. */
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

  retryAt(claim: Claim, due: Date): Promise<void> {
    return this.#settle(claim, async (job) => {
      await this.#extend(job)
      await this.#returning.forget(job.data.studyInstanceUid)
      await comeBackIn(Math.max(1, due.getTime() - Date.now()), job)
      this.#listeners.announce()
    })
  }

  giveBack(claim: Claim): Promise<void> {
    return this.#settle(claim, async (job) => {
      await this.#extend(job)
      await job.update({ ...job.data, attempt: claim.attempt - 1 })
      await this.#returning.forget(job.data.studyInstanceUid)
      await comeBackIn(0, job)
      this.#listeners.announce()
    })
  }

  async #extend(job: BullJob): Promise<void> {
    if ((await job.extendLock(this.#leaseMs)) !== 1) throw claimLost()
  }

  /** Does something with a job if the claim still stands. */
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
      // bull lists ids and then looks up each; of one that was removed in between there is nothing.
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

  async close(): Promise<void> {
    await this.#bull.close(true)
    for (const connection of [this.#commands, this.#listener]) connection.disconnect()
  }

  #ask<Answer>(work: () => Promise<Answer>): Promise<Answer> {
    return askRedis(this.#commands, work)
  }
}
