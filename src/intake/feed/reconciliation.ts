import { dayMs } from '../../clock.ts'
import type { Abortable, OrthancClient, OrthancStudy } from '../../clients/orthanc-client.ts'
import type { FeedTimes } from './feed-cursor.ts'
import { StudyListing } from './study-listing.ts'

interface ReconciliationOptions {
  readonly client: OrthancClient
  readonly times: FeedTimes
  /** Our own time at the start. */
  readonly nowMs: number
  readonly pageSize: number
}

/** What to do with the studies of a page. */
interface ReconciliationWork {
  /** Called for a study that arrived since the reconciliation before and is stable. */
  readonly onRecent: (study: OrthancStudy) => Promise<void>
  /** Called for a study that still grows. */
  readonly onGrowing: (study: OrthancStudy) => void
  /** Called after the last page with Orthanc's ids of all studies. */
  readonly onAll: (orthancIds: ReadonlySet<string>) => Promise<void>
}

/** Covers differences between the clocks, and studies that grew during the reconciliation before. */
const marginMs = dayMs

/**
 * Goes through all studies of the archive for those that arrived lately, however the change log was lost. The first
 * reconciliation after the line was drawn takes no stable study. The end is stored only after the last page, so a
 * restart starts anew from the same time.
 */
export class Reconciliation {
  readonly #times: FeedTimes
  readonly #nowMs: number
  readonly #listing: StudyListing
  readonly #isFirst: boolean
  /** When the latest study arrived, of those that are stable. */
  #latestMs = 0
  readonly #listed = new Set<string>()

  constructor({ client, times, nowMs, pageSize }: ReconciliationOptions) {
    this.#times = times
    this.#nowMs = nowMs
    this.#listing = new StudyListing(client, pageSize)
    this.#isFirst = times.line.read() !== undefined && times.reconciled.read() === undefined
  }

  /** @returns whether this was the last page */
  async page({ onRecent, onGrowing, onAll }: ReconciliationWork, options: Abortable): Promise<boolean> {
    const page = await this.#listing.page(options)
    for (const study of page.studies) {
      this.#listed.add(study.ID)
      if (!study.IsStable) {
        onGrowing(study)
        continue
      }
      const arrivedMs = study.LastUpdate?.getTime() ?? 0
      this.#latestMs = Math.max(this.#latestMs, arrivedMs)
      if (this.#isRecent(arrivedMs)) await onRecent(study)
    }
    if (!page.isLast) this.#listing.moveOn(page)
    else {
      await onAll(this.#listed)
      this.#end()
    }
    return page.isLast
  }

  #isRecent(arrivedMs: number): boolean {
    const { line, reconciled } = this.#times
    if (this.#isFirst || arrivedMs <= (line.read() ?? -Infinity)) return false
    // A state without either time is from a version that did not store them.
    return arrivedMs >= (reconciled.read() ?? this.#nowMs) - marginMs
  }

  #end(): void {
    const { line, reconciled } = this.#times
    // The log was empty when the line was drawn.
    if (line.read() === 0) line.write(this.#latestMs)
    // Limited by our own time: a study that arrived while Orthanc's clock was ahead must not hide later ones.
    reconciled.write(this.#latestMs === 0 ? this.#nowMs : Math.min(this.#nowMs, this.#latestMs))
  }
}
