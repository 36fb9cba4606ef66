import { type Clock, dayMs } from '../../clock.ts'
import type {
  OrthancChange,
  OrthancChanges,
  OrthancClient,
  OrthancSeries,
  OrthancStudy,
} from '../../clients/orthanc-client.ts'
import type { FeedTimes, LogCursor, LogPosition } from './feed-cursor.ts'
import { type FeedLog, keepFollowing } from './keep-following.ts'
import { arrivalOf } from './orthanc-arrival.ts'
import { wasReportedBy } from './own-series.ts'
import { Reconciliation } from './reconciliation.ts'
import type { StudyRef } from '../study.ts'

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
    /** When it received its latest object, if the source tells. The same object sent again counts, too. */
    readonly lastUpdateMs?: number | undefined
  }[]
  /** Tells a change of the study's patient or order, see whose-study.ts. */
  readonly whose?: string
  /** Orthanc's id of the study that this one, a corrected copy, has replaced. */
  readonly movedFrom?: string
  /** Whether the study had our report when the feed started for the first time, and has received nothing else since. */
  readonly reported?: boolean
  /** When the latest object arrived, if the study was found by a reconciliation and not announced. */
  readonly foundFrom?: Date | undefined
}

interface FollowOptions {
  readonly client: OrthancClient
  readonly cursor: LogCursor
  readonly times: FeedTimes
  /** Records the study durably. The cursor moves past it only afterwards, so the same study may come again. */
  readonly onStudy: (arrival: StudyArrival) => void | Promise<void>
  /** Called after each comparison with Orthanc's ids of all its studies: Orthanc announces no deletion. */
  readonly onAllListed?: (orthancIds: ReadonlySet<string>) => Promise<void>
  readonly pollSeconds: () => number
  readonly clock: Clock
  readonly signal: AbortSignal
  readonly log: FeedLog
  /** Called whenever there is nothing more to read for now. */
  readonly onCaughtUp?: () => void
  /** Called when changes are missing. `onCaughtUp` is called once the recent studies were taken instead. */
  readonly onLoss?: () => void
  /** Changes or studies per request. */
  readonly pageSize?: number
}

type LineOptions = Pick<FollowOptions, 'client' | 'cursor' | 'times' | 'signal'>

/**
 * Follows Orthanc's change log until the signal is aborted. Failures of Orthanc and of `onStudy` are logged and retried
 * with growing pauses; no change is skipped. The log can be lost: Orthanc's database is replaced, restored or its log
 * cleared. So at the start, once a day and after each gap, the archive's recent studies are handed over, too.
 */
export function followChanges(options: FollowOptions): Promise<void> {
  const follower = new ChangeFollower(options)
  return keepFollowing(() => follower.step(), { ...options, what: 'The change feed' })
}

/** At the first start, the feed begins at the end of the log. */
export async function drawLine({ client, cursor, times, signal }: LineOptions): Promise<LogPosition> {
  const end = await client.lastChange({ signal })
  // In this order: a restart in between draws the line again. Without a change, the first reconciliation moves the line
  // to the latest study. Both are times of Orthanc's clock.
  times.line.write(end.Changes.at(-1)?.Date?.getTime() ?? 0)
  const position = { ...endOf(end), growing: [] }
  cursor.write(position)
  return position
}

/** A study that grew and has no StableStudy change yet. */
interface GrowingStudy {
  /**
   * The place before its first change since it was last stable; the cursor stays there. Undefined if the study was found
   * by a reconciliation; the cursor then names the study.
   */
  readonly before: Place | undefined
  /** Whether it was stable at the previous poll without a StableStudy change. */
  looksStable: boolean
}

type Place = Omit<LogPosition, 'growing'>

/**
 * Reads the log page by page and hands a study over at its StableStudy change. Orthanc does not write that change if it
 * restarts within StableAge. So growing studies are remembered, and handed over when two polls in a row find them
 * stable without a StableStudy change. The cursor never passes the first change of a growing study, so a restart sees
 * it grow again.
 */
class ChangeFollower {
  readonly #options: FollowOptions
  readonly #pageSize: number
  readonly #growing = new Map<string, GrowingStudy>()
  #place: Place | undefined
  /** The cursor as stored, to write it only when it differs. */
  #stored: string | undefined
  #reconciliation: Reconciliation | undefined
  #reconciledAtMs = -Infinity

  constructor(options: FollowOptions) {
    this.#options = options
    this.#pageSize = options.pageSize ?? 500
    const position = options.cursor.read()
    if (position === undefined) return
    this.#place = { seq: position.seq, mark: position.mark }
    for (const id of position.growing) this.#growing.set(id, { before: undefined, looksStable: false })
    this.#stored = JSON.stringify(position)
  }

  /** @returns whether there is nothing more to read for now */
  async step(): Promise<boolean> {
    this.#place ??= await drawLine(this.#options)
    const place = this.#place
    if (this.#options.clock.steadyMs() - this.#reconciledAtMs >= dayMs) this.#reconcileAnew()
    const caughtUp = await this.#readPage(place)
    // A page of the reconciliation after each poll, so that a long one delays no new study.
    return caughtUp && (await this.#reconcilePage())
  }

  async #readPage(place: Place): Promise<boolean> {
    const { client, signal } = this.#options
    // The page starts with the change at the position, which shows whether the log is still the same.
    const since = place.mark === null ? 0 : Math.max(0, place.seq - 1)
    const page = await client.changes(since, this.#pageSize + 1, { signal })
    if (page.Last < place.seq || isOtherLog(page, place)) {
      await this.#startOver(place)
      return false
    }
    if (hasGap(page, place)) this.#noteGap(place)
    const changes = page.Changes.filter(({ Seq }) => Seq > place.seq)
    const unsettled = lastSeqs(changes, 'NewInstance')
    await this.#takeStable(changes, unsettled)
    await this.#noteGrowing(unsettled, [place, ...changes.map(placeOf)])
    const last = page.Changes.at(-1)
    this.#place = last === undefined ? await this.#endOfEmptyPage(place) : placeOf(last)
    if (page.Done) await this.#takeUnannounced()
    this.#moveCursor()
    return page.Done
  }

  /** The change at the position and all later ones are gone. The last one that is left shows whether the log changes. */
  async #endOfEmptyPage(place: Place): Promise<Place> {
    const { client, signal } = this.#options
    const end = endOf(await client.lastChange({ signal }))
    // Changes that arrived since the page was read are still to be read.
    return end.mark !== null && end.seq > place.seq ? place : end
  }

  /**
   * The number of the last change decreased, or another change has the number of the last one that was processed: the
   * database is new or was restored from a backup. What its log says of earlier studies is found by a reconciliation.
   */
  async #startOver({ seq }: Place): Promise<void> {
    const { client, signal, log } = this.#options
    const end = await client.lastChange({ signal })
    log.warn({ position: seq, last: end.Last }, "Orthanc's database was replaced; its recent studies are read again.")
    this.#growing.clear()
    this.#place = endOf(end)
    this.#reconcileAfterLoss()
    this.#moveCursor()
  }

  /** The change at the position is gone. Others may be gone, too. */
  #noteGap({ seq }: Place): void {
    const message = 'Changes are missing from the change log of Orthanc; its recent studies are read again.'
    this.#options.log.warn({ position: seq }, message)
    this.#reconcileAfterLoss()
  }

  /** If the first reconciliation had not ended, this one takes all studies that arrived after the line. */
  #reconcileAfterLoss(): void {
    this.#options.onLoss?.()
    const { times, clock } = this.#options
    const lineMs = times.line.read()
    const isFirst = lineMs !== undefined && times.reconciled.read() === undefined
    if (isFirst) times.reconciled.write(lineMs === 0 ? clock.now().getTime() : lineMs)
    this.#reconcileAnew()
  }

  #reconcileAnew(): void {
    const { client, times, clock } = this.#options
    this.#reconciledAtMs = clock.steadyMs()
    const nowMs = clock.now().getTime()
    this.#reconciliation = new Reconciliation({ client, times, nowMs, pageSize: this.#pageSize })
  }

  /** @returns whether no reconciliation is under way any more */
  async #reconcilePage(): Promise<boolean> {
    const onGrowing = ({ ID }: OrthancStudy): void => {
      if (!this.#growing.has(ID)) this.#growing.set(ID, { before: undefined, looksStable: false })
    }
    const onRecent = async ({ ID, LastUpdate }: OrthancStudy): Promise<void> => {
      await this.#handOver(ID, { foundFrom: LastUpdate })
    }
    const onAll = this.#options.onAllListed ?? (() => Promise.resolve())
    const isLast = await this.#reconciliation?.page({ onGrowing, onRecent, onAll }, { signal: this.#options.signal })
    this.#moveCursor()
    if (isLast === false) return false
    this.#reconciliation = undefined
    return true
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
  async #handOver(orthancId: string, found?: Pick<StudyArrival, 'foundFrom'>): Promise<readonly OrthancSeries[]> {
    const { client, times, signal, onStudy } = this.#options
    const study = await client.study(orthancId, { signal })
    const series = await client.seriesOfStudy(orthancId, { signal })
    if (!study || !series) return []
    const line = times.line.read()
    await onStudy({
      ...(await arrivalOf(study, series, client, { signal })),
      ...(line !== undefined && wasReportedBy(new Date(line), series) && { reported: true }),
      ...found,
    })
    return series
  }

  /**
   * Notes the studies of the unsettled instances, with two requests per study.
   * @param places of the page, in order
   */
  async #noteGrowing(unsettled: Map<string, number>, places: readonly Place[]): Promise<void> {
    const { client, signal } = this.#options
    for (const [instance, firstSeq] of unsettled) {
      const study = await client.studyOfInstance(instance, { signal })
      if (!study) continue
      const series = await client.seriesOfStudy(study.ID, { signal })
      for (const sibling of instancesOf(series ?? [])) unsettled.delete(sibling)
      const before = this.#growing.get(study.ID)?.before ?? places.findLast(({ seq }) => seq < firstSeq)
      this.#growing.set(study.ID, { before, looksStable: false })
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
    if (this.#place === undefined) return
    const growing = [...this.#growing.values()].flatMap(({ before }) => before ?? [])
    const { seq, mark } = [this.#place, ...growing].reduce((first, one) => (one.seq < first.seq ? one : first))
    const listed = [...this.#growing].filter(([, { before }]) => before === undefined).map(([id]) => id)
    const position: LogPosition = { seq, mark, growing: listed }
    const text = JSON.stringify(position)
    if (text === this.#stored) return
    this.#options.cursor.write(position)
    this.#stored = text
  }
}

function placeOf({ Seq, ID, Date }: OrthancChange): Place {
  return { seq: Seq, mark: { id: ID, atMs: Date?.getTime() } }
}

/** @param last what Orthanc returns of its last change */
function endOf({ Changes, Last }: OrthancChanges): Place {
  const last = Changes.at(-1)
  return last === undefined ? { seq: Last, mark: null } : placeOf(last)
}

/** Whether the log holds another change than the one that was processed, or any where it held none. */
function isOtherLog({ Changes: [first] }: OrthancChanges, { seq, mark }: Place): boolean {
  if (first === undefined || first.Seq > seq || mark === undefined) return false
  return mark === null || first.ID !== mark.id || first.Date?.getTime() !== mark.atMs
}

/**
 * Orthanc deletes the changes of deleted objects, and all on `DELETE /changes`. A log that was empty has a gap if the
 * next number is missing.
 */
function hasGap({ Changes: [first], Last }: OrthancChanges, { seq, mark }: Place): boolean {
  if (mark === null) return first === undefined ? Last > seq : first.Seq > seq + 1
  return mark !== undefined && first?.Seq !== seq
}

/** The last change of a type for each resource of a page, in the order of their first changes. */
function lastSeqs(changes: readonly OrthancChange[], changeType: string): Map<string, number> {
  return new Map(changes.filter((change) => change.ChangeType === changeType).map((change) => [change.ID, change.Seq]))
}

function instancesOf(series: readonly OrthancSeries[]): readonly string[] {
  return series.flatMap((one) => one.Instances)
}
