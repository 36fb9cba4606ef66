import type { Clock } from '../../clock.ts'

const firstPauseMs = 1000
const longestPauseMs = 15_000

/** Growing pauses while the state cannot be written. Short, because work resumes by itself when there is room. */
export class StatePause {
  readonly #clock: Clock
  #lengthMs = 0
  #endsMs = -Infinity

  constructor(clock: Clock) {
    this.#clock = clock
  }

  lasts(): boolean {
    return this.#clock.steadyMs() < this.#endsMs
  }

  /** Begins a pause, twice as long as the one before. Faults during a pause come from the same cause. */
  begin(): void {
    if (this.lasts()) return
    this.#lengthMs = Math.min(longestPauseMs, Math.max(firstPauseMs, this.#lengthMs * 2))
    this.#endsMs = this.#clock.steadyMs() + this.#lengthMs
  }

  /** A study was finished and recorded. */
  end(): void {
    this.#lengthMs = 0
  }
}
