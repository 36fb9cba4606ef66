import { setTimeout as delay } from 'node:timers/promises'
import { uidSchema } from '../../dicom/uid.ts'
import { type StudySearch, dicomDate } from '../../intake/study-search.ts'
import type { CommandOutput } from '../command-output.ts'
import { retryUntilAnswered } from './retry-until-answered.ts'
import type { ServiceClient } from './service-client.ts'

/** Known studies are passed over quickly, but not so that the service would take it for an attack. */
const leastPauseMs = 25

export interface BackfillPlan {
  /** Calendar days as YYYYMMDD, both included. */
  readonly from: string
  readonly to: string
  /** Most studies that are queued in a minute. */
  readonly studiesPerMinute: number
}

export interface BackfillParts {
  readonly search: StudySearch
  readonly service: ServiceClient
  readonly output: CommandOutput
}

/** What became of the studies so far. */
interface Tally {
  readonly queued: number
  readonly known: number
  /** Their Study Instance UID is none, so that nobody could ask for them. */
  readonly unnamed: number
}

/**
 * Has the running service analyse the archive's past studies, day by day, each of them once: those that it knows are passed over, so
 * that a backfill that was interrupted is simply started again. An archive or service that goes away meanwhile is waited for.
 * @throws COMMAND_*, HTTP_*
 */
export async function backfillDays(plan: BackfillPlan, parts: BackfillParts): Promise<boolean> {
  const { search, service, output } = parts
  // Who started no service is told at once.
  await service.requireRunning()
  const days = daysBetween(plan.from, plan.to)
  let tally: Tally = { queued: 0, known: 0, unnamed: 0 }
  for (const [index, day] of days.entries()) {
    const studies = await retryUntilAnswered(() => search.studiesOf({ from: day, to: day }), output)
    for (const { studyInstanceUid } of studies) {
      const became = await submit(studyInstanceUid, parts)
      tally = { ...tally, [became]: tally[became] + 1 }
      await delay(became === 'queued' ? 60_000 / plan.studiesPerMinute : leastPauseMs)
    }
    if (studies.length > 0) output.progress(`${day} (day ${index + 1} of ${days.length}): ${describe(tally)}`)
  }
  output.result({ ...plan, ...tally }, describe(tally))
  return true
}

async function submit(studyInstanceUid: string, { search, service, output }: BackfillParts): Promise<keyof Tally> {
  if (!uidSchema.safeParse(studyInstanceUid).success) return 'unnamed'
  // Told what the study holds, the service does not take its own results, once they are stored, for growth.
  const series = await retryUntilAnswered(() => search.seriesOf(studyInstanceUid), output)
  const effect = await retryUntilAnswered(() => service.queuePast({ study: { studyInstanceUid }, series }), output)
  return effect === 'unchanged' ? 'known' : 'queued'
}

const dayMs = 24 * 60 * 60_000

function daysBetween(from: string, to: string): readonly string[] {
  const [first, last] = [timeOf(from), timeOf(to)]
  const count = Math.max(0, Math.round((last - first) / dayMs) + 1)
  return Array.from({ length: count }, (_, index) => dicomDate(new Date(first + index * dayMs)))
}

function timeOf(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)))
}

function describe({ queued, known, unnamed }: Tally): string {
  const passedOver = unnamed === 0 ? '' : `, ${unnamed} passed over: their Study Instance UID is none`
  return `${queued} queued, ${known} known already${passedOver}.`
}
