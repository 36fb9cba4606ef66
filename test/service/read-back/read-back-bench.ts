import type { FhirReports } from '../../../src/intake/fhir-reports.ts'
import { type Log, createLog } from '../../../src/log.ts'
import { Feedback } from '../../../src/service/read-back/feedback.ts'
import { toFinding } from '../../../src/service/store/finding.ts'
import type { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { type SetClock, prediction, setClock, studyUid, noEffects } from '../fixtures.ts'
import { accessionSystem } from '../service-bench.ts'
import { withStore } from '../store/with-store.ts'

export const resultKeyOf = (number: number): string => `result-${number}`

export interface ReadBackBench {
  readonly store: SqliteStore
  readonly clock: SetClock
  readonly log: Log
  /** The events logged so far. */
  readonly events: () => readonly string[]
  readonly feedback: Feedback
  /** The judgements on a study that are valid now. */
  readonly judged: (number: number) => readonly string[]
}

/** A store with two analysed studies, both with pneumonia. */
export const withStudies = (test: (bench: ReadBackBench) => Promise<void> | void): Promise<void> =>
  withStore((open) => {
    const store = open()
    const clock = setClock()
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const log = createLog({ level: 'info', studyKey: (uid) => uid, stream })
    const recorder = new StudyRecorder(store.studies, clock, log, noEffects)
    for (const number of [1, 2]) {
      const studyInstanceUid = studyUid(number)
      store.studies.arrived({ studyInstanceUid }, clock.now())
      const finding = toFinding(prediction(studyInstanceUid, 0.9), resultKeyOf(number), {})
      store.studies.found(studyInstanceUid, finding, clock.now())
    }
    return test({
      ...{ store, clock, log, feedback: new Feedback(store, recorder, clock) },
      events: () => lines.map((line) => (JSON.parse(line) as { event: string }).event),
      judged: (number) => store.opinions.standing(resultKeyOf(number)).map(({ judgement }) => judgement),
    })
  })

/** A final report that states pneumonia in the study with that accession number, unless `change` says otherwise. */
export const report = (id: string, number: number, change: Readonly<Record<string, unknown>> = {}) => ({
  ...{ resourceType: 'DiagnosticReport', id, status: 'final', meta: { versionId: '1' } },
  identifier: [{ system: accessionSystem, value: `A-${number}` }],
  conclusionCode: [{ coding: [{ system: 'http://snomed.info/sct', code: '233604007' }] }],
  ...change,
})

export const byUid = (...numbers: readonly number[]) => ({
  imagingStudy: numbers.map((number) => ({
    identifier: { system: 'urn:dicom:uid', value: `urn:oid:${studyUid(number)}` },
  })),
})

/** A FHIR server's reports, each with the time at which it was changed. */
export class FakeReports {
  readonly all: { readonly atMs: number; readonly resource: unknown }[] = []
  /** The searches so far. */
  readonly asked: { readonly sinceMs: number; readonly limit: number }[] = []
  readonly read: string[] = []
  /** Runs before each answer; its rejection is the answer. */
  before: (question: 'search' | 'resource', signal: AbortSignal | undefined) => Promise<void> = () => Promise.resolve()

  readonly reports = {
    changedSince: async (since: Date, limit: number, { signal }: { signal?: AbortSignal }) => {
      if (this.asked.length > 50) throw new Error('the search does not end')
      this.asked.push({ sinceMs: since.getTime(), limit })
      await this.before('search', signal)
      const found = this.all.filter(({ atMs }) => atMs >= since.getTime()).sort((a, b) => a.atMs - b.atMs)
      const page = found.slice(0, limit)
      const last = page.at(-1)
      return {
        reports: page.map(({ resource }) => resource),
        more: found.length > limit,
        lastUpdated: last && new Date(last.atMs),
      }
    },
    resource: async (reference: string, { signal }: { signal?: AbortSignal }) => {
      this.read.push(reference)
      await this.before('resource', signal)
      return undefined
    },
  } as unknown as FhirReports
}
