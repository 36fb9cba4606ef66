import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { type StudyStatus, hasEnded, statusesOf } from '../../src/demo/follow-studies.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { exchangeJson } from '../../src/clients/http/exchange.ts'
import type { ChaosStudy } from './chaos-studies.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'

export interface WatchOptions {
  readonly studies: readonly ChaosStudy[]
  readonly serviceApi: HttpService
  /** Aborted when the failures are over. */
  readonly calm: AbortSignal
  /** Ends the watch. */
  readonly signal: AbortSignal
  readonly progress: (text: string) => void
}

/** The state of each study, by its UID. */
export type Statuses = ReadonlyMap<string, StudyStatus>

const pollMs = 1000
const progressEveryMs = 10_000
const startTimeoutMs = 60_000
/** The run is considered stuck if no study finishes for this long, which is well above the lease of a dead worker. */
const stallMs = 4 * 60_000
/**
 * Consecutive polls that must find all studies ended: the service still has to read its own results from the change
 * feed.
 */
const restLooks = 5
/** After the storm, studies that have waited longer than this are retried, as a user would from the status page. */
const longestWaitMs = 5_000

export async function untilServiceAnswers(serviceApi: HttpService): Promise<void> {
  const deadline = AbortSignal.timeout(startTimeoutMs)
  const request = { method: 'GET', path: '/health/live', effect: 'read', maxBytes: 1000 } as const
  for (;;) {
    try {
      await exchangeJson(serviceApi, request, z.unknown())
      return
    } catch (error) {
      if (deadline.aborted || !(error instanceof TriageError)) throw error
      await pause(pollMs)
    }
  }
}

export async function untilFirstEnded(serviceApi: HttpService, signal: AbortSignal): Promise<void> {
  while (!(await statusesOf(serviceApi, signal)).some(hasEnded)) await pause(pollMs, undefined, { signal })
}

/**
 * Waits until the storm is over and all studies have ended.
 * @throws when no more studies end
 */
export async function untilAtRest(options: WatchOptions): Promise<Statuses> {
  const { studies, serviceApi, calm, signal, progress } = options
  const imageCounts = new Map(studies.map((study) => [study.studyInstanceUid, study.sopInstanceUids.length]))
  const hasRest = (status: StudyStatus) => hasEnded(status) && isWhole(status, imageCounts.get(status.studyInstanceUid))
  let [mostEnded, endedAt, toldAt, looksAtRest] = [0, performance.now(), 0, 0]
  for (;;) {
    const statuses = await statusesOf(serviceApi, signal)
    const endedCount = statuses.filter(hasRest).length
    const now = performance.now()
    if (endedCount > mostEnded) [mostEnded, endedAt] = [endedCount, now]
    looksAtRest = endedCount === studies.length && calm.aborted ? looksAtRest + 1 : 0
    if (looksAtRest === restLooks) return new Map(statuses.map((status) => [status.studyInstanceUid, status]))
    if (now - endedAt > stallMs)
      throw new Error(`Nothing has ended for ${stallMs / 60_000} minutes: ${tally(statuses, studies.length)}.`)
    if (now - toldAt > progressEveryMs && statuses.length > 0) {
      progress(`${calm.aborted ? 'calm ' : 'storm'}  ${tally(statuses, studies.length)}`)
      toldAt = now
    }
    if (calm.aborted) await askForLateOnes(statuses, serviceApi)
    await pause(pollMs, undefined, { signal })
  }
}

/** Whether the finding is about all images that were sent, and not about those that came first. */
function isWhole({ state, finding }: StudyStatus, imageCount: number | undefined): boolean {
  return state !== 'done' || finding?.pictureCount === imageCount
}

function tally(statuses: readonly StudyStatus[], studyCount: number): string {
  const states = [...Map.groupBy(statuses, ({ state }) => state)].map(([state, some]) => `${some.length} ${state}`)
  return `${studyCount} studies: ${[...states, `${studyCount - statuses.length} not yet taken in`].join(', ')}`
}

/** Failures during the storm lengthen the retry delays; the run does not wait for them. */
async function askForLateOnes(statuses: readonly StudyStatus[], serviceApi: HttpService): Promise<void> {
  const late = statuses.filter(
    ({ state, deliveries, updatedAt }) =>
      (state === 'retrying' || deliveries.some((delivery) => delivery.state === 'pending')) &&
      Date.now() - Date.parse(updatedAt) > longestWaitMs,
  )
  for (const { studyInstanceUid } of late) {
    const path = `/api/studies/${studyInstanceUid}/retry`
    await exchangeJson(serviceApi, { method: 'POST', path, effect: 'write', maxBytes: 1000 }, z.unknown())
  }
}
