import { TriageError } from '../../src/errors/triage-error.ts'

/** The TriageError of a promise that must reject with one. */
export async function failureOf(promise: Promise<unknown>): Promise<TriageError> {
  const outcome = await promise.then(
    () => ({ thrown: undefined }),
    (thrown: unknown) => ({ thrown }),
  )
  if (outcome.thrown instanceof TriageError) return outcome.thrown
  throw new Error('a TriageError was expected', { cause: outcome.thrown })
}
