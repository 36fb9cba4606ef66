/** The time of day and a steady counter, handed in so that tests can choose both. */
export interface Clock {
  readonly now: () => Date
  /** Milliseconds since any fixed moment, never going back. */
  readonly steadyMs: () => number
}

/** Milliseconds spent, by step. */
export type StepTimes = Readonly<Record<string, number>>

/** One run of a step, in milliseconds since 1970. */
export interface StepRun {
  readonly step: string
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Told of each step as it ends. */
export type OnStep = (run: StepRun) => void

/** Adds up how long each step took. */
export class Stopwatch {
  readonly #clock: Clock
  readonly #onStep: OnStep | undefined
  readonly #times = new Map<string, number>()

  constructor(clock: Clock, onStep?: OnStep) {
    this.#clock = clock
    this.#onStep = onStep
  }

  /** Runs a step and adds its time, also when it fails. */
  async time<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    const startMs = this.#clock.steadyMs()
    try {
      return await run()
    } finally {
      this.add({ [step]: this.#clock.steadyMs() - startMs })
    }
  }

  /** Adds times measured elsewhere: of steps that followed each other until now. */
  add(times: StepTimes): void {
    let startedAtMs = this.#clock.now().getTime() - Object.values(times).reduce((sum, ms) => sum + ms, 0)
    for (const [step, ms] of Object.entries(times)) {
      this.#times.set(step, (this.#times.get(step) ?? 0) + ms)
      this.#onStep?.({ step, startedAtMs, endedAtMs: startedAtMs + ms })
      startedAtMs += ms
    }
  }

  get times(): StepTimes {
    return Object.fromEntries([...this.#times].map(([step, ms]) => [step, Math.round(ms * 10) / 10]))
  }
}

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
