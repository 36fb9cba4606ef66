import type { Clock } from '../clock.ts'
import type { FeedCursor, StudyArrival } from './change-feed.ts'
import { type FeedLog, keepFollowing } from './keep-following.ts'
import { type FoundStudy, type StudySearch, dicomDate } from './study-search.ts'

interface PollOptions {
  readonly search: StudySearch
  /** Time of the last look of which all studies were handed over, in milliseconds; 0 before the first. */
  readonly cursor: FeedCursor
  /** Records the study durably; the cursor moves past it only afterwards. The same study may come again. */
  readonly onStudy: (arrival: StudyArrival) => void | Promise<void>
  /** How many days before the last look a study may have been taken (Study Date) that is sent now. */
  readonly days: number
  readonly pollSeconds: () => number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Told after each look. */
  readonly onCaughtUp?: () => void
}

/**
 * Looks for studies in any DICOMweb archive until the signal ends it. Failures, of the archive as of `onStudy`, are logged and tried
 * again with growing pauses; nothing is skipped over.
 */
export function pollStudies(options: PollOptions): Promise<void> {
  const poll = new StudyPoll(options)
  return keepFollowing(() => poll.look(), { ...options, what: 'The archive' })
}

/** A study as the last look found it. */
interface SeenStudy {
  readonly instanceCount: number
  /** Since when it is not handed over, as the position that lets it be found again; undefined when it is. */
  readonly unsettledFrom: number | undefined
}

const dayMs = 24 * 60 * 60_000

/**
 * DICOMweb announces nothing: a study is handed over when two looks found the same number of instances in it, and again after that
 * number has changed. The position never passes the look that first found a study which is not handed over yet: whoever restarts
 * finds it again, however long the pause was.
 */
class StudyPoll {
  readonly #options: PollOptions
  #seen: ReadonlyMap<string, SeenStudy> = new Map()

  constructor(options: PollOptions) {
    this.#options = options
  }

  /** @returns true: there is nothing more until the next look */
  async look(): Promise<true> {
    const { search, cursor, days, clock, signal } = this.#options
    const nowMs = clock.now().getTime()
    const position = cursor.read() === 0 ? nowMs : Math.min(cursor.read(), nowMs)
    // One day more, as Study Date is that of the modality's own time zone.
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
    // Deleted meanwhile.
    if (series.length === 0) return
    await onStudy({ study: { studyInstanceUid }, series })
  }

  async #countInstances(studyInstanceUid: string): Promise<number> {
    const series = await this.#options.search.seriesOf(studyInstanceUid, { signal: this.#options.signal })
    return series.reduce((total, { instanceCount }) => total + instanceCount, 0)
  }
}
