import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { TriageError } from '../errors/triage-error.ts'
import { exchangeJson } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { isFinished, jobStates } from '../service/queue/job-states.ts'
import { deliveryStates } from '../service/deliveries/delivery.ts'
import { demoStalled } from './errors.ts'
import type { DemoStudy } from './sources.ts'

const problem = z.object({ code: z.string(), reason: z.string() })

/** The fields of `/api/studies` that the demo reads. */
const studyStatus = z.object({
  studyInstanceUid: z.string(),
  state: z.enum(jobStates),
  updatedAt: z.string(),
  problem: problem.optional(),
  /** Where its results are. */
  deliveries: z.array(z.object({ target: z.string(), state: z.enum(deliveryStates), problem: problem.optional() })),
  finding: z
    .object({
      kind: z.enum(['analysed', 'not-analysed']),
      decision: z.string().optional(),
      probabilities: z.object({ pneumonia: z.number() }).optional(),
      pictureCount: z.number(),
      ms: z.record(z.string(), z.number()),
      notAnalysed: z.array(problem),
    })
    .optional(),
})

export type StudyStatus = z.output<typeof studyStatus>

/** Whether a study was analysed or given up, and nothing of it is on its way any more. */
export function hasEnded({ state, deliveries }: StudyStatus): boolean {
  return isFinished(state) && !deliveries.some((delivery) => delivery.state === 'pending')
}

const answer = z.object({ studies: z.array(studyStatus) })
const pollMs = 300
const stallMinutes = 5
const maxBytes = 64 * 2 ** 20

/**
 * Waits until the service has finished each of the studies.
 * @param signal ends the wait
 * @param onEnded called for each study when it is finished
 * @throws DEMO_STALLED, or the reason that `signal` was aborted with
 */
export async function followStudies(
  studies: readonly DemoStudy[],
  service: HttpService,
  signal: AbortSignal,
  onEnded: (study: DemoStudy, status: StudyStatus) => Promise<void>,
): Promise<void> {
  const open = new Map(studies.map((study) => [study.studyInstanceUid, study]))
  let seen = ''
  let movedAt = performance.now()
  while (open.size > 0) {
    const statuses = await statusesOf(service, signal)
    const looks = JSON.stringify(
      statuses.map(({ studyInstanceUid, state, updatedAt, deliveries }) => [
        studyInstanceUid,
        state,
        updatedAt,
        deliveries,
      ]),
    )
    if (looks !== seen) movedAt = performance.now()
    seen = looks
    for (const status of statuses) {
      const study = open.get(status.studyInstanceUid)
      if (study === undefined || !hasEnded(status)) continue
      open.delete(status.studyInstanceUid)
      await onEnded(study, status)
    }
    if (performance.now() - movedAt > stallMinutes * 60_000)
      throw demoStalled(studies.length - open.size, studies.length, stallMinutes)
    if (open.size > 0) await pause(pollMs, undefined, { signal })
  }
}

/** Status of each study; empty while the service does not answer, because it may be restarting. */
export async function statusesOf(service: HttpService, signal: AbortSignal): Promise<readonly StudyStatus[]> {
  const request = { method: 'GET', path: '/api/studies', effect: 'read', maxBytes, signal } as const
  try {
    return (await exchangeJson(service, request, answer)).studies
  } catch (error) {
    if (error instanceof TriageError && error.failureClass === 'transient') return []
    throw error
  }
}
