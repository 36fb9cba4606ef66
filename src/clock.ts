import { performance } from 'node:perf_hooks'

/** The time of day and a steady counter, handed in so that tests can choose both. */
export interface Clock {
  readonly now: () => Date
  /** Milliseconds since any fixed moment, never going back. */
  readonly steadyMs: () => number
}

/** The machine's own clocks. */
export const systemClock: Clock = { now: () => new Date(), steadyMs: () => performance.now() }

/** ISO 8601 in the machine's own zone, which is the hospital's: `2026-03-01T09:15:30.250+01:00`. */
export function localIso(moment: Date): string {
  const minutes = -moment.getTimezoneOffset()
  const sign = minutes < 0 ? '-' : '+'
  const two = (value: number): string => String(Math.trunc(Math.abs(value))).padStart(2, '0')
  const wall = new Date(moment.getTime() + minutes * 60_000).toISOString().slice(0, -1)
  return `${wall}${sign}${two(minutes / 60)}:${two(minutes % 60)}`
}

/** The day of a moment where this program runs, `YYYY-MM-DD`; the day that results written at that moment bear. */
export function localDay(moment: Date): string {
  return localIso(moment).slice(0, 10)
}
