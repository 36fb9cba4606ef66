import { type FeedLog, keepFollowing } from './keep-following.ts'
import type { OrthancChange, OrthancClient, OrthancSeries } from '../clients/orthanc-client.ts'
import type { StudyRef } from './study.ts'

/**
 * A study that has stopped growing: a new one, or a known one that received more objects (including our own results).
 */
export interface StudyArrival {
  readonly study: StudyRef
  /** The study's series, which show whether anything other than our own results is new. */
  readonly series: readonly {
    readonly seriesInstanceUid: string
    readonly modality: string
    readonly instanceCount: number
  }[]
}

/** The stored position in the feed, durable once `write` returns. 0 is the start of Orthanc's change log. */
export interface FeedCursor {
  read(): number
  write(position: number): void
}

interface FollowOptions {
  readonly client: OrthancClient
  readonly cursor: FeedCursor
  /** Records the study durably. The cursor moves past it only afterwards, so the same study may come again. */
  readonly onStudy: (arrival: StudyArrival) => void | Promise<void>
  readonly pollSeconds: () => number
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Called whenever there is nothing more to read for now. */
  readonly onCaughtUp?: () => void
  /** Changes per request. */
  readonly pageSize?: number
}

/**
 * Follows Orthanc's change log until the signal is aborted. Failures of Orthanc and of `onStudy` are logged and retried
 * with growing pauses; no change is skipped.
 */
export function followChanges(options: FollowOptions): Promise<void> {
  const follower = new ChangeFollower(options)
  return keepFollowing(() => follower.readPage(), { ...options, what: 'The change feed' })
}

/** A study that grew and has no StableStudy change yet. */
interface GrowingStudy {
  /** Number of the first change since it was last stable; the cursor stays before it. */
  readonly firstSeq: number
  /** Whether it was stable at the previous poll without a StableStudy change. */
  looksStable: boolean
}

/**
 * Reads the log page by page and hands a study over at its StableStudy change. Orthanc does not write that change if it
 * restarts within StableAge. So growing studies are remembered, and handed over when two polls in a row find them
 * stable without a StableStudy change. The cursor never passes the first change of a growing study, so a restart sees
 * it grow again.
 */
class ChangeFollower {
  readonly #options: FollowOptions
  readonly #growing = new Map<string, GrowingStudy>()
  #position: number

  constructor(options: FollowOptions) {
    this.#options = options
    this.#position = options.cursor.read()
  }

  /** @returns whether there is nothing more to read for now */
  async readPage(): Promise<boolean> {
    const { client, signal, pageSize = 500 } = this.#options
    const page = await client.changes(this.#position, pageSize, { signal })
    if (page.Last < this.#position) {
      this.#startOver(page.Last)
      return false
    }
    const unsettled = lastSeqs(page.Changes, 'NewInstance')
    await this.#takeStable(page.Changes, unsettled)
    await this.#noteGrowing(unsettled)
    this.#position = page.Last
    if (page.Done) await this.#takeUnannounced()
    this.#moveCursor()
    return page.Done
  }

  /** A decreasing change number means that the database is new or was restored from a backup. */
  #startOver(last: number): void {
    this.#options.log.warn(
      { position: this.#position, last },
      "Orthanc's database was replaced; its change log is read again from the start.",
    )
    this.#position = 0
    this.#growing.clear()
    this.#options.cursor.write(0)
  }

  /** Hands over the studies that became stable and settles the instances that had arrived by then. */
  async #takeStable(changes: readonly OrthancChange[], unsettled: Map<string, number>): Promise<void> {
    for (const [orthancId, stableSeq] of lastSeqs(changes, 'StableStudy')) {
      const series = await this.#handOver(orthancId)
      this.#growing.delete(orthancId)
      for (const instance of instancesOf(series)) {
        // Stryker disable next-line EqualityOperator: two changes never have the same number
        if ((unsettled.get(instance) ?? Infinity) < stableSeq) unsettled.delete(instance)
      }
    }
  }

  /** @returns the study's series; none if the study was deleted */
  async #handOver(orthancId: string): Promise<readonly OrthancSeries[]> {
    const { client, signal, onStudy } = this.#options
    const study = await client.study(orthancId, { signal })
    const series = await client.seriesOfStudy(orthancId, { signal })
    if (!study || !series) return []
    await onStudy({
      study: { studyInstanceUid: study.MainDicomTags.StudyInstanceUID, orthancId },
      series: series.map(describeSeries),
    })
    return series
  }

  /** Notes the studies of the unsettled instances, with two requests per study. */
  async #noteGrowing(unsettled: Map<string, number>): Promise<void> {
    const { client, signal } = this.#options
    for (const [instance, firstSeq] of unsettled) {
      const study = await client.studyOfInstance(instance, { signal })
      if (!study) continue
      const series = await client.seriesOfStudy(study.ID, { signal })
      for (const sibling of instancesOf(series ?? [])) unsettled.delete(sibling)
      this.#growing.set(study.ID, { firstSeq: this.#growing.get(study.ID)?.firstSeq ?? firstSeq, looksStable: false })
    }
  }

  /** Hands over the studies that are stable at two polls in a row without a StableStudy change in between. */
  async #takeUnannounced(): Promise<void> {
    const { client, signal, log } = this.#options
    for (const [orthancId, growing] of this.#growing) {
      const study = await client.study(orthancId, { signal })
      if (study && !(study.IsStable && growing.looksStable)) {
        growing.looksStable = study.IsStable
        continue
      }
      if (study) {
        log.info({ orthancId }, 'A study became stable without a StableStudy change; it is handed over now.')
        await this.#handOver(orthancId)
      }
      this.#growing.delete(orthancId)
    }
  }

  #moveCursor(): void {
    const beforeGrowing = [...this.#growing.values()].map((study) => study.firstSeq - 1)
    const position = Math.min(this.#position, ...beforeGrowing)
    if (position !== this.#options.cursor.read()) this.#options.cursor.write(position)
  }
}

/** The last change of a type for each resource of a page, in the order of their first changes. */
function lastSeqs(changes: readonly OrthancChange[], changeType: string): Map<string, number> {
  return new Map(changes.filter((change) => change.ChangeType === changeType).map((change) => [change.ID, change.Seq]))
}

function instancesOf(series: readonly OrthancSeries[]): readonly string[] {
  return series.flatMap((one) => one.Instances)
}

function describeSeries({ MainDicomTags, Instances }: OrthancSeries): StudyArrival['series'][number] {
  return {
    seriesInstanceUid: MainDicomTags.SeriesInstanceUID,
    modality: MainDicomTags.Modality,
    instanceCount: Instances.length,
  }
}
