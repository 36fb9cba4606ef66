import { expect } from 'chai'
import { asTriageError } from '../../src/errors/triage-error.ts'

/** Asserts that a call fails with the error of that code. */
export function expectCode(call: () => unknown, code: string): void {
  expect(codeOf(call), 'error code').to.equal(code)
}

/** Asserts that a promise fails with the error of that code. */
export async function expectRejection(promise: Promise<unknown>, code: string): Promise<void> {
  const outcome = await promise.then(
    () => 'no error',
    (error: unknown) => asTriageError(error).code,
  )
  expect(outcome, 'error code').to.equal(code)
}

function codeOf(call: () => unknown): string {
  try {
    call()
  } catch (error) {
    return asTriageError(error).code
  }
  return 'no error'
}
