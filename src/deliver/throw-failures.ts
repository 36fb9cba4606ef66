import type { TriageError } from '../errors/triage-error.ts'
import { severalFailed } from './errors.ts'

/** After every target was tried: throws the one failure, or DELIVER_SEVERAL_FAILED. */
export function throwFailures(failures: readonly TriageError[]): void {
  if (failures.length > 1) throw severalFailed(failures)
  if (failures[0]) throw failures[0]
}
