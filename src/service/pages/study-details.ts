import type { Prediction } from '../../classify/prediction.ts'
import type { Opinion } from '../../feedback/opinion.ts'
import type { LoggedAction, StudyEvent, StudyRecord, StudyResult } from '../store.ts'

/** All that is known of one study. */
export interface StudyDetails {
  readonly record: StudyRecord
  /** The finding's own, as it was reported. */
  readonly prediction: Prediction | undefined
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
