import { type Prediction, isPresent } from '../classify/prediction.ts'

/**
 * Whether people should read a study before others. A finding only ever raises it: a study without one keeps its place. Only with the
 * withdrawal of the result that raised it is it taken back.
 */
export type Priority = 'raised' | 'routine'

/** What marks a study where people look for the next one to read. Safe to repeat. */
export interface PriorityMark {
  raise(studyInstanceUid: string): Promise<void>
  takeBack(studyInstanceUid: string): Promise<void>
}

export function priorityOf(prediction: Prediction): Priority {
  return isPresent(prediction) ? 'raised' : 'routine'
}
