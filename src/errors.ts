/**
 * What the caller may do about a failure:
 * - `transient`: nothing happened; try again later (archive down, 503).
 * - `permanent`: trying again gives the same answer (file cannot be decoded, 401).
 * - `ambiguous`: it may have happened (time-out after sending); try again only because our writes are idempotent.
 */
export type FailureClass = 'transient' | 'permanent' | 'ambiguous'

/** A failure with a stable code, a class, and a message that names the thing and what to do. Never holds patient data. */
export class TriageError extends Error {
  readonly code: string
  readonly failureClass: FailureClass

  constructor(code: string, failureClass: FailureClass, message: string, options?: ErrorOptions) {
    super(message, options)
    this.name = 'TriageError'
    this.code = code
    this.failureClass = failureClass
  }
}

/**
 * Declares one failure; the result builds its errors. Each folder lists its own in an `errors.ts`.
 * @param code stable, upper snake case, prefixed with the folder: `PIXELS_TRUNCATED`
 * @param describe turns the error's facts into a sentence saying what is wrong and what to do
 */
export function defineError<Facts extends unknown[]>(
  code: string,
  failureClass: FailureClass,
  describe: (...facts: Facts) => string,
): (...facts: Facts) => TriageError {
  return (...facts) => new TriageError(code, failureClass, describe(...facts))
}

/** Any thrown value as a TriageError; what nobody foresaw is permanent, so that it is seen and not retried for ever. */
export function asTriageError(thrown: unknown): TriageError {
  if (thrown instanceof TriageError) return thrown
  const message = thrown instanceof Error ? thrown.message : String(thrown)
  return new TriageError('UNEXPECTED', 'permanent', message, { cause: thrown })
}
