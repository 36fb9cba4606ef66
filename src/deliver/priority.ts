import { type Prediction, isPresent } from '../classify/prediction.ts'

/**
 * Whether a study should be read before others. A finding can only raise the priority. The priority is lowered again
 * only when the result that raised it is withdrawn.
 */
export type Priority = 'raised' | 'routine'

/** Marks a study in the worklist. Safe to repeat. */
export interface PriorityMark {
  raise(studyInstanceUid: string): Promise<void>
  takeBack(studyInstanceUid: string): Promise<void>
}

export function priorityOf(prediction: Prediction): Priority {
  return isPresent(prediction) ? 'raised' : 'routine'
}
