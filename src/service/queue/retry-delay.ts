import type { FailureClass } from '../../errors.ts'

/** Eight attempts span about an hour, which outlasts most restarts of an archive. An ambiguous failure is given longer to settle. */
const firstDelayMs: Readonly<Record<Exclude<FailureClass, 'permanent'>, number>> = {
  transient: 5_000,
  ambiguous: 15_000,
}
const factor = 3
const longestDelayMs = 30 * 60_000

/**
 * Milliseconds until the next attempt: exponential, with the upper half of it random, so that studies that failed together do
 * not come back together.
 * @param attempt the one that failed, from 1
 * @param random a number in [0, 1)
 */
export function retryDelayMs(
  failureClass: Exclude<FailureClass, 'permanent'>,
  attempt: number,
  random: number,
): number {
  const whole = Math.min(longestDelayMs, firstDelayMs[failureClass] * factor ** (attempt - 1))
  return Math.round(whole * (0.5 + random / 2))
}
