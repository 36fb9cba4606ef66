import type { StudyArrival } from '../../intake/feed/change-feed.ts'
import type { FhirReports } from '../../intake/fhir-reports.ts'
import type { OrthancReports } from '../../intake/orthanc-reports.ts'
import { type Clock, dayMs } from '../../clock.ts'
import type { Feedback } from './feedback.ts'
import { followFhirReports } from './fhir-read-back.ts'
import type { Log } from '../../log.ts'
import { readSignedReports } from './signed-read-back.ts'
import type { Store } from '../store/store.ts'

/** Reads the radiologists' conclusions until stopped. */
export interface RunningReadBack {
  /** Reads the signed reports of a study that the archive announced. */
  arrived(arrival: StudyArrival): Promise<void>
  stop(): Promise<void>
}

export type StartReadBack = (feedback: Feedback) => RunningReadBack

interface ReadBackOptions {
  /** Undefined if no FHIR server is set, or if it is not polled for reports. */
  readonly fhir:
    { readonly reports: FhirReports; readonly pollMinutes: number; readonly accessionSystem: string } | undefined
  /** Undefined if signed reports are not read. */
  readonly signedReports: OrthancReports | undefined
  readonly store: Store
  /** How many days studies are kept. An older report cannot be about any of them. */
  readonly retentionDays: number
  readonly clock: Clock
  readonly log: Log
}

export function readBack(options: ReadBackOptions): StartReadBack {
  const { fhir, signedReports, store, retentionDays, clock, log } = options
  return (feedback) => {
    const stopping = new AbortController()
    const from = new Date(clock.now().getTime() - retentionDays * dayMs)
    const { feeds: positions, studies, results } = store
    const shared = { positions, studies, feedback, log }
    const following = fhir && followFhirReports({ ...fhir, ...shared }, fhir.pollMinutes, from, stopping.signal)
    return {
      arrived: async (arrival) => {
        if (signedReports) await readSignedReports(arrival, { reports: signedReports, results, feedback, log })
      },
      stop: async () => {
        stopping.abort()
        await following
      },
    }
  }
}
