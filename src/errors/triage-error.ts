import type { ErrorCode } from './error-list.ts'

/**
 * What the caller may do about a failure:
 * - `transient`: nothing happened; retry later (archive down, 503).
 * - `permanent`: a retry gives the same answer (file cannot be decoded, 401).
 * - `ambiguous`: the write may have happened (time-out after sending); a retry is safe because our writes are
 *   idempotent.
 * - `server`: the fault is in the program or its machine, not in the study (disk full, graphics processor lost, a bug);
 *   it may pass.
 */
export const failureClasses = ['transient', 'permanent', 'ambiguous', 'server'] as const
export type FailureClass = (typeof failureClasses)[number]

/**
 * The classes that are retried. A server fault may pass, so it counts as transient until the last attempt: the limit on
 * attempts ends a bug.
 */
export type RetriedClass = Exclude<FailureClass, 'permanent'>

export function isRetried(failureClass: FailureClass): failureClass is RetriedClass {
  return failureClass !== 'permanent'
}

/**
 * A failure with a stable code, a class, and a message that names the problem and what to do. Never holds patient data.
 */
export class TriageError extends Error {
  readonly code: ErrorCode
  readonly failureClass: FailureClass
  /** The status of a request that fails with this error. */
  readonly httpStatus: number

  constructor(
    { code, httpStatus }: Pick<ErrorDefinition, 'code' | 'httpStatus'>,
    failureClass: FailureClass,
    message: string,
    options?: ErrorOptions,
  ) {
    super(message, options)
    this.name = 'TriageError'
    // Every definition is in error-list.ts; `test/errors/error-list.test.ts` checks that.
    this.code = code as ErrorCode
    this.failureClass = failureClass
    this.httpStatus = httpStatus
  }
}

/** An error of one kind. */
type ErrorOf<Code extends string> = TriageError & { readonly code: Code }

/** One kind of error: its code, class and HTTP status. A call with the facts of a case builds the error. */
export interface ErrorDefinition<Code extends string = string, Facts extends readonly unknown[] = never> {
  (...facts: Facts): TriageError
  readonly code: Code
  /** `of-causes`: an error that summarises others and takes the class of one of them. */
  readonly failureClass: FailureClass | 'of-causes'
  readonly httpStatus: number
  /** Whether a thrown value is an error of this kind. */
  readonly matches: (thrown: unknown) => thrown is ErrorOf<Code>
}

/**
 * Declares one kind of error. Each folder declares its own in an `errors.ts`, which `error-list.ts` imports.
 * @param code stable, upper snake case, prefixed with the folder: `PIXELS_TRUNCATED`
 * @param describe turns the facts into a sentence that says what is wrong and what to do
 * @param httpStatus for errors that a request can cause; 500 for all others
 */
export function defineError<const Code extends string, Facts extends readonly unknown[]>(
  code: Code,
  failureClass: FailureClass,
  describe: (...facts: Facts) => string,
  httpStatus = 500,
): ErrorDefinition<Code, Facts> {
  const kind = { code, failureClass, httpStatus }
  // A server's name in the settings starts with an article (`the FHIR server`).
  const build = (...facts: Facts): TriageError =>
    new TriageError(kind, failureClass, describe(...facts).replace(/^the /, 'The '))
  return Object.assign(build, kind, { matches: matcherOf(code) })
}

/**
 * A summary takes the first of these classes that occurs among its failures, so one retryable failure is enough for a
 * retry.
 */
const byUrgency: readonly FailureClass[] = ['ambiguous', 'transient', 'server', 'permanent']

/** Declares an error that summarises several failures. */
export function defineSummary<const Code extends string>(
  code: Code,
): ErrorDefinition<Code, readonly [failures: readonly TriageError[]]> {
  const kind = { code, failureClass: 'of-causes', httpStatus: 500 } as const
  const build = (failures: readonly TriageError[]): TriageError => {
    const classes = new Set(failures.map((failure) => failure.failureClass))
    const failureClass = byUrgency.find((one) => classes.has(one)) ?? 'permanent'
    const message = failures.map((failure) => failure.message).join(' ')
    return new TriageError(kind, failureClass, message, { cause: failures })
  }
  return Object.assign(build, kind, { matches: matcherOf(code) })
}

function matcherOf<Code extends string>(code: Code): ErrorDefinition<Code>['matches'] {
  return (thrown): thrown is ErrorOf<Code> => thrown instanceof TriageError && thrown.code === code
}

/** An unforeseen failure. Its text may quote anything, so it stays in `cause` and enters no result, page or log. */
export const unexpected = defineError(
  'UNEXPECTED',
  'server',
  () => 'An unexpected error occurred. The log of the service says where.',
)

/** Any thrown value as a TriageError. */
export function asTriageError(thrown: unknown): TriageError {
  if (thrown instanceof TriageError) return thrown
  const error = unexpected()
  error.cause = thrown
  return error
}

/** An error as data, because an Error object loses its class between threads and through Redis. See error-data.ts. */
export interface ErrorData {
  readonly code: string
  readonly message: string
  readonly failureClass: FailureClass
  /** Stack frames of an unforeseen error, by which a log says where it occurred. */
  readonly at?: readonly string[] | undefined
}

export function errorToData({ code, message, failureClass, cause }: TriageError): ErrorData {
  const at = code === unexpected.code && cause instanceof Error ? framesOf(cause) : []
  return { code, message, failureClass, ...(at.length > 0 && { at }) }
}

/** The stack frames of an error, without its message, whose lines could look like stack frames. */
export function framesOf({ stack = '', message }: Error): readonly string[] {
  return stack
    .replace(message, '')
    .split('\n')
    .filter((line) => /^\s+at /.test(line))
    .slice(0, 8)
    .map((line) => line.trim())
}
