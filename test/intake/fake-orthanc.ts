import type { OrthancChange, OrthancClient, OrthancSeries } from '../../src/clients/orthanc-client.ts'
import { type FeedCursor, type StudyArrival, followChanges } from '../../src/intake/change-feed.ts'

interface FakeStudy {
  isStable: boolean
  readonly instances: string[]
}

export type Call = 'changes' | 'study' | 'seriesOfStudy' | 'studyOfInstance'

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

  get last(): number {
    return this.#last
  }

  /** Stores an instance. A further one makes the study grow. */
  receive(study: string): void {
    const { instances } = this.studies.get(study) ?? { instances: [] }
    const instance = `${study}/${instances.length + 1}`
    this.studies.set(study, { isStable: false, instances: [...instances, instance] })
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

  #write(ChangeType: string, ID: string): void {
    this.log.push({ ChangeType, ID, ResourceType: '', Seq: ++this.#last })
  }

  readonly client = {
    changes: (since: number, limit: number, options: Options) =>
      this.#answer('changes', `${since}`, options, () => {
        const later = this.log.filter(({ Seq }) => Seq > since)
        const Changes = later.slice(0, limit)
        return { Changes, Done: later.length <= limit, Last: Changes.at(-1)?.Seq ?? this.#last }
      }),
    study: (id: string, options: Options) => this.#answer('study', id, options, () => this.#study(id)),
    seriesOfStudy: (id: string, options: Options) =>
      this.#answer('seriesOfStudy', id, options, () => {
        const study = this.studies.get(id)
        return study && [seriesOf(id, study.instances)]
      }),
    studyOfInstance: (id: string, options: Options) =>
      this.#answer('studyOfInstance', id, options, () => this.#study(id.split('/')[0]!)),
  } as unknown as OrthancClient

  #study(ID: string) {
    const study = this.studies.get(ID)
    return study && { ID, IsStable: study.isStable, MainDicomTags: { StudyInstanceUID: `uid-${ID}` } }
  }

  #answer<Value>(call: Call, about: string, { signal }: Options = {}, value: () => Value): Promise<Value> {
    this.asked.push(`${call} ${about}`)
    if (this.beforeNext?.call === call) {
      this.beforeNext.happens()
      this.beforeNext = undefined
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

function seriesOf(id: string, instances: readonly string[]): OrthancSeries {
  return { Instances: [...instances], MainDicomTags: { SeriesInstanceUID: `uid-${id}.1`, Modality: 'CR' } }
}

export class MemoryCursor implements FeedCursor {
  readonly written: number[] = []
  #position: number

  constructor(position = 0) {
    this.#position = position
  }

  read(): number {
    return this.#position
  }

  write(position: number): void {
    this.#position = position
    this.written.push(position)
  }
}

interface FollowingFake {
  readonly cursor?: FeedCursor
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
  { cursor = new MemoryCursor(), pageSize = 500, onStudy, signal }: FollowingFake = {},
): Promise<{ readonly arrivals: readonly string[]; readonly told: readonly string[] }> {
  const end = new AbortController()
  const arrivals: string[] = []
  const told: string[] = []
  const left = [...steps]
  await followChanges({
    ...{ client: orthanc.client, cursor, pageSize, pollSeconds: () => 0 },
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
