import { performance } from 'node:perf_hooks'

/** The time of day and a monotonic counter, passed in so that tests can set both. */
export interface Clock {
  readonly now: () => Date
  /** Milliseconds since an arbitrary fixed moment; never decreases. */
  readonly steadyMs: () => number
}

/** Milliseconds of a day. */
export const dayMs = 24 * 60 * 60_000

/** The machine's clocks. */
export const systemClock: Clock = { now: () => new Date(), steadyMs: () => performance.now() }

/** ISO 8601 in the machine's time zone, which is the hospital's: `2026-03-01T09:15:30.250+01:00`. */
export function localIso(moment: Date): string {
  const minutes = -moment.getTimezoneOffset()
  const sign = minutes < 0 ? '-' : '+'
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  const wall = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1)
  return `${wall}${sign}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** The local day of a moment, `YYYY-MM-DD`: the date of the results written at that moment. */
export function localDay(moment: Date): string {
  return localIso(moment).slice(0, 10)
}
