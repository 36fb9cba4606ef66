import Bull from 'bull'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { StudyRef } from '../../intake/study.ts'
import { type JobState, type UnfinishedState, finishedStates } from './job-states.ts'
import { type Job, type Lane, lanes } from './queue.ts'
import { longestDelayMs } from './retry-delay.ts'

/** The data of a job. It identifies the study and holds no other patient data. */
const jobData = z.object({
  studyInstanceUid: z.string(),
  orthancId: z.string().exactOptional(),
  lane: z.enum(lanes),
  attempt: z.number(),
})
export type JobData = z.output<typeof jobData>
export type BullJob = Bull.Job<JobData>

/**
 * A bull queue whose jobs are fetched by hand, with the undeclared members that bull's `process` uses. `token`
 * identifies the holder of a job's lock.
 */
export interface BullStudies extends Bull.Queue<JobData> {
  readonly token: string
  readonly client: Redis & { updateDelaySet(keysAndValues: readonly (string | number)[]): Promise<unknown> }
  toKey(name: string): string
  moveToActive(): Promise<BullJob | null>
  moveUnlockedJobsToWait(): Promise<unknown>
}

/** bull sets no limit on attempts: the queue runner counts them and gives up. */
const unlimited = 1_000_000

/** @param listener connection for bull's subscriptions */
export function openBullStudies(
  commands: Redis,
  listener: Redis,
  { leaseMs, silenceCheckMs }: { readonly leaseMs: number; readonly silenceCheckMs: number },
): BullStudies {
  return new Bull<JobData>('studies', {
    prefix: 'lung-triage',
    createClient: (type) => (type === 'client' ? commands : listener),
    settings: {
      ...{ lockDuration: leaseMs, stalledInterval: silenceCheckMs, maxStalledCount: unlimited },
      backoffStrategies: { asTold },
    },
  }) as BullStudies
}

/** bull takes the lowest number first. */
const lanePriority: Readonly<Record<Lane, number>> = { urgent: 1, normal: 2, backfill: 3 }

export function isBefore(lane: Lane, other: Lane): boolean {
  return lanePriority[lane] < lanePriority[other]
}

/** Adds a study's job. bull does nothing if the study already has one. */
export async function addJob(bull: BullStudies, data: JobData): Promise<void> {
  await bull.add(data, {
    jobId: data.studyInstanceUid,
    priority: lanePriority[data.lane],
    attempts: unlimited,
    backoff: { type: 'asTold' },
  })
}

/** Removes a job unless it is being worked on. Returns whether it was removed. */
export async function removeJob(job: BullJob): Promise<boolean> {
  try {
    await job.remove()
    return true
  } catch (error) {
    // bull refuses to remove a locked job.
    if (error instanceof Error && error.message.startsWith('Could not remove job')) return false
    throw error
  }
}

/** Takes the next job and locks it with `token`. */
export async function takeJob(bull: BullStudies, token: string): Promise<BullJob | null> {
  // bull has one token per queue object. A token per claim distinguishes a lapsed claim from the next one, even within
  // one process.
  const taker = Object.create(bull, { token: { value: token } }) as BullStudies
  const job = await taker.moveToActive()
  if (job !== null) jobData.parse(job.data)
  return job
}

/**
 * Puts an active job back into the queue after `waitMs`. The back-off strategy `asTold` tells bull the delay, to which
 * bull adds this machine's time. The sum is the due time on the clock of Redis.
 */
export async function comeBackIn(waitMs: number, job: BullJob, redisNowMs: number): Promise<void> {
  const delayMs = redisNowMs + waitMs - Date.now()
  // bull gives up at -1 and retries at once at 0.
  await moveBack(job, delayMs === 0 || delayMs === -1 ? 1 : delayMs)
}

/** Puts an active job back into the queue, due immediately. */
export function comeBackNow(job: BullJob): Promise<void> {
  return moveBack(job, 0)
}

async function moveBack(job: BullJob, waitMs: number): Promise<void> {
  const told: Told = { message: 'again', waitMs }
  await job.moveToFailed(told)
}

/**
 * Moves delayed jobs that are due on the clock of Redis to the waiting ones, as bull's `updateDelayTimer` does on the
 * clock of this machine. No wait is longer than the longest back-off, so a job that is due later than that was delayed
 * before a clock was set back.
 */
export async function wakeDelayed(bull: BullStudies, redisNowMs: number): Promise<void> {
  const keys = ['delayed', 'active', 'wait', 'priority', 'paused', 'meta-paused'].map((name) => bull.toKey(name))
  await bull.client.updateDelaySet([...keys, bull.toKey(''), redisNowMs, bull.token])
  const latest = (redisNowMs + longestDelayMs + slackMs) * 0x1000
  for (const id of await bull.client.zrangebyscore(bull.toKey('delayed'), latest, '+inf', 'LIMIT', 0, 100))
    await (await bull.getJob(id))?.promote()
}

/** bull adds up to 4096 to a score whose unit is a 4096th of a millisecond. */
const slackMs = 2

interface Told {
  readonly message: string
  readonly waitMs: number
}

function asTold(_attempt: number, told: Error | Told): number {
  return 'waitMs' in told ? told.waitMs : 0
}

/**
 * Whether a bull error means that the claim is lost: the lock is missing or held by somebody else, or the job is not
 * active.
 */
export function isNotOurs(error: unknown): boolean {
  return error instanceof Error && /^(Missing (lock|key)|Lock mismatch|Job .* is not in the)/.test(error.message)
}

/** A study's job and its place in the queue. */
type Found = { readonly place: 'absent' } | { readonly place: Place; readonly job: BullJob }

type Place = UnfinishedState | 'finished'

const placeOf = {
  waiting: 'waiting',
  // This program never pauses the queue, but an administrator may do so with a bull tool.
  paused: 'waiting',
  active: 'active',
  delayed: 'retrying',
  completed: 'finished',
  failed: 'finished',
} as const

export async function findJob(bull: BullStudies, uid: string): Promise<Found> {
  for (;;) {
    const job = await bull.getJob(uid)
    if (job === null) return { place: 'absent' }
    const state = await job.getState()
    // bull searches its lists one by one and reports "stuck" for a job that moves between lists during the search.
    if (state === 'stuck') continue
    jobData.parse(job.data)
    return { place: placeOf[state], job }
  }
}

/** Converts a bull job to the job of the `Queue` interface. */
export function toJob(job: BullJob, place: Place): Job {
  return { study: studyOf(job), state: stateOf(job, place), attempt: job.data.attempt }
}

/** The return value of a completed job. A failed job is a dead letter. */
const finishedBy = z.enum(finishedStates).exclude(['dead'])

function stateOf(job: BullJob, place: Place): JobState {
  return place === 'finished' ? (finishedBy.safeParse(job.returnvalue).data ?? 'dead') : place
}

export function studyOf({ data: { studyInstanceUid, orthancId } }: BullJob): StudyRef {
  return { studyInstanceUid, ...(orthancId !== undefined && { orthancId }) }
}
