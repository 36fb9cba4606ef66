import type { Clock } from './clock.ts'

/** Milliseconds per step. */
export type StepTimes = Readonly<Record<string, number>>

/** One run of a step, in milliseconds since 1970. */
interface StepRun {
  readonly step: string
  readonly startedAtMs: number
  readonly endedAtMs: number
}

/** Called when a step ends. */
export type OnStep = (run: StepRun) => void

/** Sums the time of each step. */
export class Stopwatch {
  readonly #clock: Clock
  readonly #onStep: OnStep | undefined
  readonly #times = new Map<string, number>()

  constructor(clock: Clock, onStep?: OnStep) {
    this.#clock = clock
    this.#onStep = onStep
  }

  /** Runs a step and adds its time, even if it fails. */
  async time<Result>(step: string, run: () => Promise<Result>): Promise<Result> {
    const startMs = this.#clock.steadyMs()
    try {
      return await run()
    } finally {
      this.add({ [step]: this.#clock.steadyMs() - startMs })
    }
  }

  /** Adds times measured elsewhere, of consecutive steps that end now. */
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
