import Bull from 'bull'
import type { Redis } from 'ioredis'
import { z } from 'zod'
import type { StudyRef } from '../../intake/study.ts'
import { type JobState, type UnfinishedState, finishedStates } from './job-states.ts'
import { type Job, type Lane, lanes } from './queue.ts'

/** All that a job says: no patient data but the study's UID. */
const jobData = z.object({
  studyInstanceUid: z.string(),
  orthancId: z.string().exactOptional(),
  lane: z.enum(lanes),
  attempt: z.number(),
})
export type JobData = z.output<typeof jobData>
export type BullJob = Bull.Job<JobData>

/**
 * A bull queue whose jobs are fetched by hand: what its type declares, and what `process` would call by itself. `token` is what it
 * locks jobs with.
 */
export interface BullStudies extends Bull.Queue<JobData> {
  readonly token: string
  moveToActive(): Promise<BullJob | null>
  updateDelayTimer(): Promise<null>
  moveUnlockedJobsToWait(): Promise<unknown>
}

/** The runner counts attempts itself and says when there were enough. */
const unlimited = 1_000_000

/** @param listener for bull's subscriptions */
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

/** Adds a study's job; bull does nothing where it has one already. */
export async function addJob(bull: BullStudies, data: JobData): Promise<void> {
  await bull.add(data, {
    jobId: data.studyInstanceUid,
    priority: lanePriority[data.lane],
    attempts: unlimited,
    backoff: { type: 'asTold' },
  })
}

/** Removes a job, unless it is being worked on. Says whether it could. */
export async function removeJob(job: BullJob): Promise<boolean> {
  try {
    await job.remove()
    return true
  } catch (error) {
    // bull refuses to remove a job that is locked.
    if (error instanceof Error && error.message.startsWith('Could not remove job')) return false
    throw error
  }
}

/** Takes the next job and locks it by `token`. */
export async function takeJob(bull: BullStudies, token: string): Promise<BullJob | null> {
  // bull has one token a queue object; one a claim tells a lapsed claim from the next, in one process too.
  const taker = Object.create(bull, { token: { value: token } }) as BullStudies
  const job = await taker.moveToActive()
  if (job !== null) jobData.parse(job.data)
  return job
}

/** Brings an active job back: at once, or after that time. bull asks `asTold` how long. */
export async function comeBackIn(waitMs: number, job: BullJob): Promise<void> {
  const told: Told = { message: 'again', waitMs }
  await job.moveToFailed(told)
}

interface Told {
  readonly message: string
  readonly waitMs: number
}

function asTold(_attempt: number, told: Error | Told): number {
  return 'waitMs' in told ? told.waitMs : 0
}

/** Whether an error of bull's says that a job is locked by another or nobody, or was finished by another. */
export function isNotOurs(error: unknown): boolean {
  return error instanceof Error && /^(Missing (lock|key)|Lock mismatch|Job .* is not in the)/.test(error.message)
}

/** A study's job and where it is. */
type Found = { readonly place: 'absent' } | { readonly place: Place; readonly job: BullJob }

type Place = UnfinishedState | 'finished'

const placeOf = {
  waiting: 'waiting',
  // Nobody here pauses the queue; a person with a tool for bull may.
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
    // bull looks in one place after another: a job that moves meanwhile is found in none.
    if (state === 'stuck') continue
    jobData.parse(job.data)
    return { place: placeOf[state], job }
  }
}

/** As the port tells of a job. */
export function toJob(job: BullJob, place: Place): Job {
  return { study: studyOf(job), state: stateOf(job, place), attempt: job.data.attempt }
}

/** What a completed job returns; a failed one is dead. */
const finishedBy = z.enum(finishedStates).exclude(['dead'])

function stateOf(job: BullJob, place: Place): JobState {
  return place === 'finished' ? (finishedBy.safeParse(job.returnvalue).data ?? 'dead') : place
}

export function studyOf({ data: { studyInstanceUid, orthancId } }: BullJob): StudyRef {
  return { studyInstanceUid, ...(orthancId !== undefined && { orthancId }) }
}
