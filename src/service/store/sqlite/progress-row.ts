import { z } from 'zod'
import { problemSchema } from '../finding.ts'
import type { Progress } from '../store.ts'

const base = { attempt: z.number().nullable(), retry_ms: z.number().nullable() }
const problem = problemSchema.shape

/** Parses the columns of a progress. Rejects a combination that is never written. */
export const progressRow = z.discriminatedUnion('state', [
  z.object({ state: z.literal('waiting') }),
  z.object({ state: z.literal('done') }),
  z.object({ state: z.literal('active'), attempt: z.number() }),
  z
    .object({ state: z.literal('retrying'), attempt: z.number(), retry_ms: z.number(), ...problem })
    .transform(({ state, attempt, retry_ms, code, reason }) => ({
      state,
      attempt,
      retryAt: new Date(retry_ms),
      problem: { code, reason },
    })),
  z
    .object({ ...base, state: z.literal('skipped'), ...problem })
    .transform(({ state, code, reason }) => ({ state, problem: { code, reason } })),
  z
    .object({ state: z.literal('dead'), attempt: z.number(), ...problem })
    .transform(({ state, attempt, code, reason }) => ({ state, attempt, problem: { code, reason } })),
])

/** The columns of a progress. */
export function progressColumns(progress: Progress) {
  return {
    state: progress.state,
    attempt: 'attempt' in progress ? progress.attempt : null,
    retry: 'retryAt' in progress ? progress.retryAt.getTime() : null,
    code: 'problem' in progress ? progress.problem.code : null,
    reason: 'problem' in progress ? progress.problem.reason : null,
  }
}
