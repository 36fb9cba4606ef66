/** Calls back at an interval until the returned function is called. */
type Repeat = (run: () => void, everyMs: number) => () => void

const tickMs = 1000

/**
 * A limit on the time that this process runs. In a pause (a stopped process, a frozen virtual machine) its worker
 * threads stand still too, so a pause counts as one tick, however long it is.
 */
export class RunningTimeLimit {
  readonly #reached = new AbortController()
  readonly #steadyMs: () => number
  readonly #stop: () => void
  #leftMs: number
  #lastMs: number

  /** @param steadyMs a monotonic counter of milliseconds */
  constructor(limitMs: number, steadyMs: () => number, repeat: Repeat = repeatUnreferenced) {
    this.#leftMs = limitMs
    this.#steadyMs = steadyMs
    this.#lastMs = steadyMs()
    this.#stop = repeat(() => {
      this.#tick()
    }, tickMs)
  }

  /** Aborted when the limit is reached. */
  get signal(): AbortSignal {
    return this.#reached.signal
  }

  /** Ends the measurement. */
  end(): void {
    this.#stop()
  }

  #tick(): void {
    const now = this.#steadyMs()
    this.#leftMs -= Math.min(now - this.#lastMs, tickMs)
    this.#lastMs = now
    if (this.#leftMs > 0) return
    this.end()
    this.#reached.abort()
  }
}

function repeatUnreferenced(run: () => void, everyMs: number): () => void {
  const timer = setInterval(run, everyMs).unref()
  return () => {
    clearInterval(timer)
  }
}
