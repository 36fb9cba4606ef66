import { type Clock, dayMs } from '../clock.ts'
import type { FeedCursor, StudyArrival } from './change-feed.ts'
import { type FeedLog, keepFollowing } from './keep-following.ts'
import { type FoundStudy, type StudySearch, dicomDate } from './study-search.ts'

interface PollOptions {
  readonly search: StudySearch
  /** Time of the last poll whose studies were all handed over, in milliseconds; 0 before the first. */
  readonly cursor: FeedCursor
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
 * Polls any DICOMweb archive for studies until the signal is aborted. Failures of the archive and of `onStudy` are
 * logged and retried with growing pauses; no study is skipped.
 */
export function pollStudies(options: PollOptions): Promise<void> {
  const poll = new StudyPoll(options)
  return keepFollowing(() => poll.look(), { ...options, what: 'The archive poll' })
}

/** A study as the last poll found it. */
interface SeenStudy {
  readonly instanceCount: number
  /** The position from which the study can be found again, if it is not handed over yet; else undefined. */
  readonly unsettledFrom: number | undefined
}

/**
 * DICOMweb announces nothing, so a study is handed over when two polls in a row find the same number of instances in
 * it, and again after that number has changed. The position stays at the poll that first found a study until the study
 * is handed over, so a restart finds it again.
 */
class StudyPoll {
  readonly #options: PollOptions
  #seen: ReadonlyMap<string, SeenStudy> = new Map()

  constructor(options: PollOptions) {
    this.#options = options
  }

  /** @returns true: there is nothing more until the next poll */
  async look(): Promise<true> {
    const { search, cursor, days, clock, signal } = this.#options
    const nowMs = clock.now().getTime()
    const position = cursor.read() === 0 ? nowMs : Math.min(cursor.read(), nowMs)
    // One extra day, because Study Date is in the modality's time zone.
    const from = dicomDate(new Date(position - (days + 1) * dayMs))
    const seen = new Map<string, SeenStudy>()
    for (const study of await search.studiesOf({ from }, { signal }))
      seen.set(study.studyInstanceUid, await this.#follow(study, position))
    this.#seen = seen
    const unsettled = [...seen.values()].flatMap(({ unsettledFrom }) => unsettledFrom ?? [])
    cursor.write(Math.min(nowMs, ...unsettled))
    return true
  }

  async #follow(study: FoundStudy, position: number): Promise<SeenStudy> {
    const instanceCount = study.instanceCount ?? (await this.#countInstances(study.studyInstanceUid))
    const before = this.#seen.get(study.studyInstanceUid)
    if (before === undefined) return { instanceCount, unsettledFrom: position }
    if (before.instanceCount !== instanceCount)
      return { instanceCount, unsettledFrom: before.unsettledFrom ?? position }
    if (before.unsettledFrom === undefined) return before
    await this.#handOver(study.studyInstanceUid)
    return { instanceCount, unsettledFrom: undefined }
  }

  async #handOver(studyInstanceUid: string): Promise<void> {
    const { search, onStudy, signal } = this.#options
    const series = await search.seriesOf(studyInstanceUid, { signal })
    // The study was deleted in the meantime.
    if (series.length === 0) return
    await onStudy({ study: { studyInstanceUid }, series })
  }

  async #countInstances(studyInstanceUid: string): Promise<number> {
    const series = await this.#options.search.seriesOf(studyInstanceUid, { signal: this.#options.signal })
    return series.reduce((total, { instanceCount }) => total + instanceCount, 0)
  }
}
