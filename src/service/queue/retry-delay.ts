import type { Clock } from '../../clock.ts'
import { type RetriedClass, type TriageError, isRetried } from '../../errors/triage-error.ts'

/** Eight transient attempts span up to an hour, longer than most archive restarts. Other failures wait longer. */
const firstDelayMs: Readonly<Record<RetriedClass, number>> = {
  transient: 5_000,
  ambiguous: 15_000,
  server: 15_000,
}
const factor = 3
/** No attempt is due later than this after the failure. */
export const longestDelayMs = 30 * 60_000

/**
 * Back-off in milliseconds before the next attempt: exponential, randomised over its upper half, so that studies that
 * failed together are not retried together.
 * @param attempt number of the failed attempt, from 1
 * @param random a number in [0, 1)
 */
export function retryDelayMs(failureClass: RetriedClass, attempt: number, random: number): number {
  const whole = Math.min(longestDelayMs, firstDelayMs[failureClass] * factor ** (attempt - 1))
  return Math.round(whole * (0.5 + random / 2))
}

/** What the time of the next attempt depends on, besides the failure. */
export interface RetryTiming {
  readonly clock: Clock
  /** A number in [0, 1). */
  readonly random: () => number
}

/**
 * When to try again after a failed attempt; undefined if never.
 * @param maxAttempts Infinity for work that is never abandoned
 */
export function nextAttempt(
  { failureClass }: TriageError,
  attempt: number,
  maxAttempts: number,
  { clock, random }: RetryTiming,
): { readonly due: Date; readonly waitMs: number } | undefined {
  if (!isRetried(failureClass) || attempt >= maxAttempts) return undefined
  const waitMs = retryDelayMs(failureClass, attempt, random())
  return { due: new Date(clock.now().getTime() + waitMs), waitMs }
}
