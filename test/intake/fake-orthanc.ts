import type { OrthancChange, OrthancClient, OrthancSeries } from '../../src/clients/orthanc-client.ts'
import { type StudyArrival, followChanges } from '../../src/intake/feed/change-feed.ts'
import type { FeedTimes, LogCursor, LogPosition, StoredTime } from '../../src/intake/feed/feed-cursor.ts'
import { type SetClock, setClock } from '../service/fixtures.ts'

interface FakeStudy {
  isStable: boolean
  /** The study that this one was made from. */
  readonly modifiedFrom?: string
  readonly instances: string[]
  readonly updated: Date
  /** Our series in it. */
  readonly own: readonly OrthancSeries[]
}

export type Call = 'changes' | 'study' | 'seriesOfStudy' | 'studyOfInstance' | 'lastChange' | 'studies'

/** Orthanc's change log and studies, in memory. A study has one series, whose modality is CR. */
export class FakeOrthanc {
  readonly log: OrthancChange[] = []
  readonly studies = new Map<string, FakeStudy>()
  /** The requests so far. */
  readonly asked: string[] = []
  /** The call that gets no answer. */
  hangs: Call | undefined
  /** The next call that fails. */
  failsNext: Call | undefined
  /** What happens right before the next request of that kind is answered. */
  beforeNext: { readonly call: Call; readonly happens: () => void } | undefined
  #last = 0
  /** Orthanc's clock. */
  now = new Date('2026-03-01T08:00:00Z')

  get last(): number {
    return this.#last
  }

  /** Stores an instance. A further one makes the study grow. */
  receive(study: string): void {
    const { instances, own } = this.studies.get(study) ?? { instances: [], own: [] }
    const instance = `${study}/${instances.length + 1}`
    this.studies.set(study, { isStable: false, instances: [...instances, instance], own, updated: this.now })
    this.#write('NewInstance', instance)
    if (instances.length === 0) this.#write('NewStudy', study)
  }

  /** StableAge passes for a study. */
  settle(study: string): void {
    this.studies.get(study)!.isStable = true
    this.#write('StableStudy', study)
  }

  /** Orthanc forgets which studies grew, and writes no StableStudy change for them. */
  restart(): void {
    for (const study of this.studies.values()) study.isStable = true
  }

  /** Another database, with these studies alone. */
  replace(...studies: readonly string[]): void {
    this.studies.clear()
    this.log.length = 0
    this.#last = 0
    for (const study of studies) this.receive(study)
  }

  /** Stores a series of ours, which makes the study grow. */
  store(study: string, ...own: readonly OrthancSeries[]): void {
    const known = this.studies.get(study)!
    this.studies.set(study, { ...known, isStable: false, own: [...known.own, ...own], updated: this.now })
    this.#write('NewInstance', `${study}/own`)
  }

  /** Deletes a study with its changes. */
  remove(study: string): void {
    this.studies.delete(study)
    const kept = this.log.filter(({ ID }) => ID.split('/')[0] !== study)
    this.log.splice(0, Infinity, ...kept)
  }

  /** `DELETE /changes`. */
  clearLog(): void {
    this.log.length = 0
  }

  /** An hour passes. */
  wait(hours = 1): void {
    this.now = new Date(this.now.getTime() + hours * 3_600_000)
  }

  #write(ChangeType: string, ID: string): void {
    this.log.push({ ChangeType, ID, ResourceType: '', Seq: ++this.#last, Date: this.now })
  }

  readonly client = {
    changes: (since: number, limit: number, options: Options) =>
      this.#answer('changes', `${since}`, options, () => {
        const later = this.log.filter(({ Seq }) => Seq > since)
        const Changes = later.slice(0, limit)
        return { Changes, Done: later.length <= limit, Last: Changes.at(-1)?.Seq ?? this.#last }
      }),
    lastChange: (options: Options) =>
      this.#answer('lastChange', '', options, () => ({
        Changes: this.log.slice(-1),
        Done: true,
        Last: this.log.at(-1)?.Seq ?? this.#last,
      })),
    studies: (since: number, limit: number, options: Options) =>
      this.#answer('studies', `${since}`, options, () =>
        [...this.studies.keys()].slice(since, since + limit).map((id) => this.#study(id)),
      ),
    study: (id: string, options: Options) => this.#answer('study', id, options, () => this.#study(id)),
    seriesOfStudy: (id: string, options: Options) =>
      this.#answer('seriesOfStudy', id, options, () => {
        const study = this.studies.get(id)
        return study && [seriesOf(id, study), ...study.own]
      }),
    modifiedFrom: (id: string) => Promise.resolve(this.studies.get(id)?.modifiedFrom),
    studyOfInstance: (id: string, options: Options) =>
      this.#answer('studyOfInstance', id, options, () => this.#study(id.split('/')[0]!)),
  } as unknown as OrthancClient

  #study(ID: string) {
    const study = this.studies.get(ID)
    return (
      study && {
        ID,
        IsStable: study.isStable,
        LastUpdate: study.updated,
        MainDicomTags: { StudyInstanceUID: `uid-${ID}`, AccessionNumber: '' },
        PatientMainDicomTags: { PatientID: ID, PatientName: '', PatientBirthDate: '', PatientSex: '' },
      }
    )
  }

  #answer<Value>(call: Call, about: string, { signal }: Options = {}, value: () => Value): Promise<Value> {
    this.asked.push(`${call} ${about}`)
    if (this.beforeNext?.call === call) {
      const { happens } = this.beforeNext
      this.beforeNext = undefined
      happens()
    }
    if (this.failsNext === call) {
      this.failsNext = undefined
      return Promise.reject(new Error('no answer'))
    }
    if (this.hangs !== call)
      return new Promise((resolve) =>
        setImmediate(() => {
          resolve(value())
        }),
      )
    return new Promise((_resolve, reject) =>
      signal?.addEventListener('abort', () => {
        reject(new Error('aborted'))
      }),
    )
  }
}

interface Options {
  readonly signal?: AbortSignal
}

function seriesOf(id: string, { instances, updated }: FakeStudy): OrthancSeries {
  const tags = { SeriesInstanceUID: `uid-${id}.1`, Modality: 'CR', Manufacturer: '', SeriesDescription: '' }
  return { Instances: [...instances], LastUpdate: updated, MainDicomTags: tags }
}

export class MemoryCursor implements LogCursor {
  readonly written: number[] = []
  #stored: string | undefined

  constructor(seq = 0) {
    this.#stored = JSON.stringify({ seq, growing: [] })
  }

  /** The cursor of a service that never started before. */
  static unwritten(): MemoryCursor {
    const cursor = new MemoryCursor()
    cursor.#stored = undefined
    return cursor
  }

  get seq(): number | undefined {
    return this.read()?.seq
  }

  read(): LogPosition | undefined {
    return this.#stored === undefined ? undefined : (JSON.parse(this.#stored) as LogPosition)
  }

  write(position: LogPosition): void {
    this.#stored = JSON.stringify(position)
    this.written.push(position.seq)
  }
}

class MemoryTime implements StoredTime {
  ms: number | undefined

  constructor(ms: number | undefined) {
    this.ms = ms
  }

  read(): number | undefined {
    return this.ms
  }

  write(ms: number): void {
    this.ms = ms
  }
}

export type MemoryTimes = FeedTimes & Readonly<Record<keyof FeedTimes, MemoryTime>>

/** @param reconciled by default so late that no study is recent */
export function memoryTimes(reconciled: Date | undefined = new Date('2999-01-01'), line?: Date): MemoryTimes {
  return { line: new MemoryTime(line?.getTime()), reconciled: new MemoryTime(reconciled.getTime()) }
}

/** The times of a service that never started before. */
export function unwrittenTimes(): MemoryTimes {
  return { line: new MemoryTime(undefined), reconciled: new MemoryTime(undefined) }
}

interface FollowingFake {
  readonly cursor?: LogCursor
  readonly times?: FeedTimes
  readonly clock?: SetClock
  readonly pageSize?: number
  readonly onStudy?: (arrival: StudyArrival) => void | Promise<void>
  readonly signal?: AbortSignal
}

/**
 * Follows the feed. Whenever there is nothing more to read, the next of the steps happens; the follower is stopped
 * when it has read what the last one wrote.
 */
export async function followFake(
  orthanc: FakeOrthanc,
  steps: readonly (() => void)[],
  {
    cursor = new MemoryCursor(),
    times = memoryTimes(),
    clock = setClock(),
    pageSize = 500,
    onStudy,
    signal,
  }: FollowingFake = {},
): Promise<{ readonly arrivals: readonly string[]; readonly told: readonly string[] }> {
  const end = new AbortController()
  const arrivals: string[] = []
  const told: string[] = []
  const left = [...steps]
  await followChanges({
    ...{ client: orthanc.client, cursor, times, clock, pageSize, pollSeconds: () => 0 },
    signal: signal === undefined ? end.signal : AbortSignal.any([end.signal, signal]),
    log: { info: (_facts, message) => told.push(message), warn: (_facts, message) => told.push(message) },
    onStudy: async (arrival) => {
      await onStudy?.(arrival)
      arrivals.push(`${arrival.study.orthancId ?? ''} ${arrival.series.map((one) => one.instanceCount).join()}`)
    },
    onCaughtUp: () => {
      const step = left.shift()
      if (step === undefined) end.abort()
      else step()
    },
  })
  return { arrivals, told }
}

export const nothing = (): void => undefined

/** An Orthanc whose stable studies a service has read, with what the service stored. */
export async function followedOrthanc(...studies: readonly string[]) {
  const orthanc = new FakeOrthanc()
  for (const study of studies) {
    orthanc.receive(study)
    orthanc.settle(study)
  }
  const cursor = new MemoryCursor()
  const times = memoryTimes(orthanc.now)
  await followFake(orthanc, [nothing], { cursor, times })
  orthanc.wait()
  return { orthanc, cursor, times }
}

/** Each arrival once: the worklist ignores a study that is handed over again unchanged. */
export const distinct = (arrivals: readonly string[], ...known: readonly string[]): readonly string[] =>
  [...new Set(arrivals)].filter((arrival) => !known.includes(arrival))

/** Stable studies of another database. */
export function replaceBy(orthanc: FakeOrthanc, ...studies: readonly string[]): void {
  orthanc.replace()
  for (const study of studies) {
    orthanc.receive(study)
    orthanc.settle(study)
  }
}
