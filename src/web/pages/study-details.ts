import type { StudyDelivery } from '../../service/deliveries/delivery.ts'
import type { Opinion } from '../../feedback/opinion.ts'
import type { LoggedAction, StudyEvent, StudyRecord, StudyResult } from '../../service/store/store.ts'

/** Everything that the page of a study shows. */
export interface StudyDetails {
  readonly record: StudyRecord
  /** The finding in the words of its report. */
  readonly conclusion: string | undefined
  readonly results: readonly StudyResult[]
  /** Where the latest result is on its way to each target. */
  readonly deliveries: readonly StudyDelivery[]
  readonly events: readonly StudyEvent[]
  readonly actions: readonly LoggedAction[]
  /** All opinions ever given on its results, oldest first. */
  readonly opinions: readonly Opinion[]
  /** The current opinions on its finding. */
  readonly standing: readonly Opinion[]
  /** Pseudonym of the study in the logs. */
  readonly logKey: string
}
