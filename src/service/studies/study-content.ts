import { z } from 'zod'
import type { StudyArrival } from '../../intake/feed/change-feed.ts'

// What a study held when it was last queued, as text in the ledger: a study that is announced again without anything
// new is not analysed again.

const seriesContent = z.object({ count: z.number(), lastUpdateMs: z.number().exactOptional() })
const studyContent = z.object({
  whose: z.string().exactOptional(),
  series: z.record(z.string(), seriesContent),
})
/** By Orthanc id: two patients may have studies with the same UID. Without an id, under the empty text. */
const contents = z.record(z.string(), studyContent)

type StudyContent = z.output<typeof studyContent>
type Contents = z.output<typeof contents>

/** @param own series that are our own results */
function contentOf({ whose, series }: StudyArrival, own: ReadonlySet<string>): StudyContent {
  const others = series.filter(({ seriesInstanceUid }) => !own.has(seriesInstanceUid))
  return {
    ...(whose !== undefined && { whose }),
    series: Object.fromEntries(
      others.map(({ seriesInstanceUid, instanceCount, lastUpdateMs }) => [
        seriesInstanceUid,
        { count: instanceCount, ...(lastUpdateMs !== undefined && { lastUpdateMs }) },
      ]),
    ),
  }
}

/** Whether an arrival shows nothing but what is noted. What only one of them tells is not compared. */
export function isNoted(noted: string | undefined, arrival: StudyArrival, own: ReadonlySet<string>): boolean {
  const before = contentsIn(noted)
  const known = before[keyOf(arrival)] ?? before[anyKey]
  return known !== undefined && isSame(known, withComparable(contentOf(arrival, own), arrival))
}

/** An archive that was moved or restored has all objects anew, so the times of a study that was found say nothing. */
function withComparable(content: StudyContent, { foundFrom }: StudyArrival): StudyContent {
  if (foundFrom === undefined) return content
  const series = Object.entries(content.series).map(([uid, { count }]) => [uid, { count }] as const)
  return { ...content, series: Object.fromEntries(series) }
}

/** The text with this arrival noted. */
export function withArrival(noted: string | undefined, arrival: StudyArrival, own: ReadonlySet<string>): string {
  const before = Object.entries(contentsIn(noted)).filter(([key]) => key !== anyKey)
  return JSON.stringify({ ...Object.fromEntries(before), [keyOf(arrival)]: contentOf(arrival, own) })
}

function keyOf({ study }: StudyArrival): string {
  return study.orthancId ?? ''
}

function isSame(one: StudyContent, other: StudyContent): boolean {
  const uids = Object.keys(one.series)
  if (differ(one.whose, other.whose) || uids.length !== Object.keys(other.series).length) return false
  return uids.every((uid) => {
    const [before, now] = [one.series[uid], other.series[uid]]
    return now !== undefined && before?.count === now.count && !differ(before.lastUpdateMs, now.lastUpdateMs)
  })
}

function differ<Value>(one: Value | undefined, other: Value | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

/** Key of what former versions noted, which did not tell patients apart. */
const anyKey = 'any'

/** Former versions noted `UID:count UID:count`. */
function contentsIn(noted: string | undefined): Contents {
  if (noted === undefined) return {}
  if (noted.startsWith('{')) return contents.parse(JSON.parse(noted))
  const pairs = noted.split(' ').filter((one) => one !== '')
  const series = pairs
    .map((pair) => pair.split(':'))
    .map(([uid = '', count]) => [uid, { count: Number(count) }] as const)
  return { [anyKey]: { series: Object.fromEntries(series) } }
}
