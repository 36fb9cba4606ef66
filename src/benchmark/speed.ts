import { performance } from 'node:perf_hooks'

/** Median and 95th percentile of a step, in milliseconds. */
export interface StepSpeed {
  readonly medianMs: number
  readonly p95Ms: number
}

const warmUps = 2

/** Times `repeats` runs in sequence, after two warm-up runs. */
export async function timeRepeats(repeats: number, work: () => unknown): Promise<StepSpeed> {
  const timesMs: number[] = []
  for (let run = -warmUps; run < repeats; run++) {
    const startMs = performance.now()
    await work()
    if (run >= 0) timesMs.push(performance.now() - startMs)
  }
  return speedOf(timesMs)
}

export function speedOf(valuesMs: readonly number[]): StepSpeed {
  const sorted = [...valuesMs].sort((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0
  return { medianMs: round(at(0.5)), p95Ms: round(at(0.95)) }
}

/** Rounds to one decimal. */
export function round(value: number): number {
  return Math.round(value * 10) / 10
}
