import { kernelBinary } from './kernel-binary.ts'
import { type Kernel, instantiate } from './kernel-memory.ts'

/** The exports of `assembly/index.ts`. All addresses are byte offsets in the module's own memory. */
interface PixelKernel extends Kernel {
  readonly markBytes: (row: number, width: number, occurs: number) => void
  readonly markWords: (row: number, width: number, occurs: number) => void
  readonly lookUpBytes: (row: number, width: number, table: number, out: number) => void
  readonly lookUpWords: (row: number, width: number, table: number, out: number) => void
  setWeighted(row: number, width: number, weight: number, sums: number): void
  addWeighted(row: number, width: number, weight: number, sums: number): void
  filterRow(row: number, width: number, weights: number, taps: number, out: number): void
  filterColumns(
    plane: number,
    height: number,
    stride: number,
    y: number,
    weights: number,
    taps: number,
    out: number,
  ): void
  moments(samples: number, weights: number, count: number, sums: number): void
  spread(samples: number, weights: number, count: number, mean: number, gain: number, centre: number): void
  amplify(shares: number, count: number, gain: number): void
  bilinearRow(
    upper: number,
    lower: number,
    down: number,
    first: number,
    second: number,
    fraction: number,
    count: number,
    out: number,
  ): void
  subtract(values: number, count: number, amount: number, out: number): void
  reduceRow(sums: number, count: number, start: number, first: number, weights: number, out: number): void
}

/**
 * The kernel of this thread. Its memory is scratch: nothing in it outlives a call, and calls that use it must not be
 * nested. It is shared, because each kernel reserves gigabytes of address space.
 */
export const pixelKernel = instantiate(kernelBinary) as PixelKernel
