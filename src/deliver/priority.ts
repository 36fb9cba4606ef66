import type { Prediction } from '../classify/prediction.ts'

/** Whether people should read a study before others. It is only ever raised: a study without the finding keeps its place. */
export type Priority = 'raised' | 'routine'

/** What marks a study where people look for the next one to read. Safe to repeat. */
export interface PriorityMark {
  raise(studyInstanceUid: string): Promise<void>
}

export function priorityOf(prediction: Prediction): Priority {
  return prediction.kind === 'analysed' && prediction.decision === 'present' ? 'raised' : 'routine'
}
