import { setTimeout as delay } from 'node:timers/promises'
import { dayMs } from '../../clock.ts'
import { uidSchema } from '../../dicom/uid.ts'
import { type StudySearch, dicomDate } from '../../intake/study-search.ts'
import type { CommandOutput } from '../command-output.ts'
import { retryUntilAnswered } from './retry-until-answered.ts'
import type { ServiceClient } from './service-client.ts'

/** Pause after a known study, so that the service's rate limit is not reached. */
const leastPauseMs = 25

interface BackfillPlan {
  /** Calendar days as YYYYMMDD, inclusive. */
  readonly from: string
  readonly to: string
  /** Maximum number of studies queued per minute. */
  readonly studiesPerMinute: number
}

interface BackfillParts {
  readonly search: StudySearch
  readonly service: ServiceClient
  readonly output: CommandOutput
}

/** Counts of the studies so far, by outcome. */
interface Tally {
  readonly queued: number
  readonly known: number
  /** Skipped: the archive has our report, although the service does not know the study (any more). */
  readonly reported: number
  /** Skipped: their Study Instance UID is invalid, so they cannot be requested. */
  readonly unnamed: number
}

/**
 * Has the running service analyse the archive's past studies, day by day and each once. Known and reported studies are
 * skipped, so an interrupted backfill is simply started again. Waits while the archive or the service is unavailable.
 * @throws COMMAND_*, HTTP_*
 */
export async function backfillDays(plan: BackfillPlan, parts: BackfillParts): Promise<boolean> {
  const { search, service, output } = parts
  // Fail immediately if no service is running.
  await service.requireRunning()
  const days = daysBetween(plan.from, plan.to)
  let tally: Tally = { queued: 0, known: 0, reported: 0, unnamed: 0 }
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
  // The series list keeps the service from counting its own stored results as new objects.
  const { series, isReported } = await retryUntilAnswered(() => search.seriesAndReport(studyInstanceUid), output)
  if (isReported) return 'reported'
  const effect = await retryUntilAnswered(() => service.queuePast({ study: { studyInstanceUid }, series }), output)
  return effect === 'unchanged' ? 'known' : 'queued'
}

function daysBetween(from: string, to: string): readonly string[] {
  const [first, last] = [timeOf(from), timeOf(to)]
  const count = Math.max(0, Math.round((last - first) / dayMs) + 1)
  return Array.from({ length: count }, (_, index) => dicomDate(new Date(first + index * dayMs)))
}

function timeOf(day: string): number {
  return Date.UTC(Number(day.slice(0, 4)), Number(day.slice(4, 6)) - 1, Number(day.slice(6, 8)))
}

function describe({ queued, known, reported, unnamed }: Tally): string {
  const done = reported === 0 ? '' : `, ${reported} already reported`
  const passedOver = unnamed === 0 ? '' : `, ${unnamed} skipped: invalid Study Instance UID`
  return `${queued} queued, ${known} already known${done}${passedOver}.`
}
