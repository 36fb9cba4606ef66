import type { Opinion } from '../../feedback/opinion.ts'
import type { LoggedAction, StudyEvent, StudyRecord, StudyResult } from '../../service/store/store.ts'

/** All that is known of one study. */
export interface StudyDetails {
  readonly record: StudyRecord
  /** The finding in the words of its report. */
  readonly conclusion: string | undefined
  readonly results: readonly StudyResult[]
  readonly events: readonly StudyEvent[]
  readonly actions: readonly LoggedAction[]
  /** All that were ever given on its results, oldest first. */
  readonly opinions: readonly Opinion[]
  /** Those that stand on its finding. */
  readonly standing: readonly Opinion[]
  /** Name of the study in the logs. */
  readonly logKey: string
}
