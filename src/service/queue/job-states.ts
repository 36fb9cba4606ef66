/** Work on the study has not ended. */
export const unfinishedStates = ['waiting', 'active', 'retrying'] as const
export type UnfinishedState = (typeof unfinishedStates)[number]

/** Work on the study has ended. */
export const finishedStates = ['done', 'skipped', 'dead'] as const
export type FinishedState = (typeof finishedStates)[number]

/**
 * Every state of a job, and so of a study. The CHECK constraints of both databases list them too: a new state needs a
 * schema step, and `test/service/queue/job-states.test.ts` fails without it.
 */
export const jobStates = [...unfinishedStates, ...finishedStates] as const
export type JobState = (typeof jobStates)[number]

export function isFinished(state: JobState): state is FinishedState {
  return finishedStates.some((one) => one === state)
}

/** States as an SQL list: `'waiting', 'active'`. */
export function sqlStates(states: readonly JobState[]): string {
  return states.map((state) => `'${state}'`).join(', ')
}
