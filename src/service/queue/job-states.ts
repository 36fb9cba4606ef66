/** A study is still to be worked on. */
export const unfinishedStates = ['waiting', 'active', 'retrying'] as const
export type UnfinishedState = (typeof unfinishedStates)[number]

/** Work on a study has ended. */
export const finishedStates = ['done', 'skipped', 'dead'] as const
export type FinishedState = (typeof finishedStates)[number]

/**
 * Every state of a job, and so of a study. The CHECKs in released schema steps name them too: another state needs a step of its own, and
 * `test/service/queue/job-states.test.ts` says so.
 */
export const jobStates = [...unfinishedStates, ...finishedStates] as const
export type JobState = (typeof jobStates)[number]

export function isFinished(state: JobState): state is FinishedState {
  return finishedStates.some((one) => one === state)
}

/** States as SQL lists them: `'waiting', 'active'`. */
export function sqlStates(states: readonly JobState[]): string {
  return states.map((state) => `'${state}'`).join(', ')
}
