import { type Clock, dayMs } from '../../clock.ts'
import type { StudyArrival } from './change-feed.ts'
import type { FeedCursor } from './feed-cursor.ts'
import { type FeedLog, keepFollowing } from './keep-following.ts'
import { type FoundStudy, type StudySearch, dicomDate } from '../study-search.ts'

interface PollOptions {
  readonly search: StudySearch
  /** Time of the last poll whose studies were all handed over, in milliseconds; 0 before the first. */
  readonly cursor: FeedCursor
  readonly atLine: StudiesAtLine
  /** Records the study durably. The cursor moves past it only afterwards, so the same study may come again. */
  readonly onStudy: (arrival: StudyArrival) => void | Promise<void>
  /** How many days before the last poll the Study Date of a newly arrived study may be. */
  readonly days: number
  readonly pollSeconds: () => number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Called after each poll. */
  readonly onCaughtUp?: () => void
}

/**
 * The studies that the first poll found, with their numbers of instances. Durable. They are not handed over until they
 * grow.
 */
export interface StudiesAtLine {
  counts(): ReadonlyMap<string, number>
  add(counts: ReadonlyMap<string, number>): void
  remove(studyInstanceUids: readonly string[]): void
}

/**
 * Polls any DICOMweb archive for studies until the signal is aborted. Failures of the archive and of `onStudy` are
 * logged and retried with growing pauses; no study is skipped.
 */
export function pollStudies(options: PollOptions): Promise<void> {
  const poll = new StudyPoll(options)
  return keepFollowing(() => poll.look(), { ...options, what: 'The archive poll' })
}

type LineOptions = Pick<PollOptions, 'search' | 'cursor' | 'atLine' | 'days' | 'clock' | 'signal'>

/** At the first start, the studies that are already in the archive are not new. Returns their numbers of instances. */
export async function drawPollLine(options: LineOptions): Promise<ReadonlyMap<string, number>> {
  const { search, cursor, atLine, days, clock, signal } = options
  const nowMs = clock.now().getTime()
  const counts = new Map<string, number>()
  for (const study of await search.studiesOf({ from: firstDay(nowMs, days) }, { signal }))
    counts.set(study.studyInstanceUid, await countInstances(study, options))
  // In this order: a restart in between draws the line again.
  atLine.add(counts)
  cursor.write(nowMs)
  return counts
}

/** A study as the last poll found it. */
interface SeenStudy {
  readonly instanceCount: number
  readonly whose: string
  /** The position from which the study can be found again, if it is not handed over yet; else undefined. */
  readonly unsettledFrom: number | undefined
}

/**
 * DICOMweb announces nothing, so a study is handed over when two polls in a row find the same number of instances and
 * the same patient in it, and again after one of them has changed. The position stays at the poll that first found a study until the study
 * is handed over, so a restart finds it again. All are handed over again once a day, because other objects may have
 * replaced a study's.
 */
class StudyPoll {
  readonly #options: PollOptions
  readonly #atLine: Map<string, number>
  #seen: ReadonlyMap<string, SeenStudy> = new Map()
  #startedAtMs: number

  constructor(options: PollOptions) {
    this.#options = options
    this.#atLine = new Map(options.atLine.counts())
    this.#startedAtMs = options.clock.steadyMs()
  }

  /** @returns true: there is nothing more until the next poll */
  async look(): Promise<true> {
    const { search, cursor, days, clock, signal } = this.#options
    this.#forgetDaily()
    if (cursor.read() === 0) for (const [uid, count] of await drawPollLine(this.#options)) this.#atLine.set(uid, count)
    const nowMs = clock.now().getTime()
    const position = Math.min(cursor.read(), nowMs)
    const found = await search.studiesOf({ from: firstDay(position, days) }, { signal })
    const seen = new Map<string, SeenStudy>()
    for (const study of found) seen.set(study.studyInstanceUid, await this.#follow(study, position))
    this.#seen = seen
    this.#forgetGone()
    const unsettled = [...seen.values()].flatMap(({ unsettledFrom }) => unsettledFrom ?? [])
    cursor.write(Math.min(nowMs, ...unsettled))
    return true
  }

  #forgetDaily(): void {
    const { clock } = this.#options
    if (clock.steadyMs() - this.#startedAtMs < dayMs) return
    this.#startedAtMs = clock.steadyMs()
    // Unsettled studies hold the position and are not handed over yet.
    this.#seen = new Map([...this.#seen].filter(([, { unsettledFrom }]) => unsettledFrom !== undefined))
  }

  /** A study that is deleted and sent again is new. */
  #forgetGone(): void {
    const gone = [...this.#atLine.keys()].filter((uid) => !this.#seen.has(uid))
    if (gone.length === 0) return
    this.#options.atLine.remove(gone)
    for (const uid of gone) this.#atLine.delete(uid)
  }

  async #follow(study: FoundStudy, position: number): Promise<SeenStudy> {
    const instanceCount = await countInstances(study, this.#options)
    const { whose } = study
    const before = this.#seen.get(study.studyInstanceUid)
    if (before === undefined) return { instanceCount, whose, unsettledFrom: position }
    if (before.instanceCount !== instanceCount || before.whose !== whose)
      return { instanceCount, whose, unsettledFrom: before.unsettledFrom ?? position }
    if (before.unsettledFrom === undefined) return before
    if (this.#atLine.get(study.studyInstanceUid) !== instanceCount) await this.#handOver(study)
    return { instanceCount, whose, unsettledFrom: undefined }
  }

  async #handOver({ studyInstanceUid, whose }: FoundStudy): Promise<void> {
    const { search, onStudy, signal } = this.#options
    const series = await search.seriesOf(studyInstanceUid, { signal })
    // The study was deleted in the meantime.
    if (series.length === 0) return
    await onStudy({ study: { studyInstanceUid }, series, whose })
  }
}

/** One extra day, because Study Date is in the modality's time zone. */
function firstDay(positionMs: number, days: number): string {
  return dicomDate(new Date(positionMs - (days + 1) * dayMs))
}

async function countInstances(
  { studyInstanceUid, instanceCount }: FoundStudy,
  { search, signal }: Pick<PollOptions, 'search' | 'signal'>,
): Promise<number> {
  if (instanceCount !== undefined) return instanceCount
  const series = await search.seriesOf(studyInstanceUid, { signal })
  return series.reduce((total, one) => total + one.instanceCount, 0)
}
