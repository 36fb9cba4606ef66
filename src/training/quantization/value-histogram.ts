import { type ValueRange, storedLevels } from './quantize-values.ts'

const bins = 4096

/** How often values occur, in bins of one width around zero. */
export class ValueHistogram {
  readonly #width: number
  readonly #first: number
  readonly #counts: Float64Array
  readonly #extremes: ValueRange

  /** @param extremes the smallest and the largest value that will be counted */
  constructor(extremes: ValueRange) {
    this.#extremes = extremes
    this.#width = (extremes.max - extremes.min) / bins
    this.#first = Math.floor(extremes.min / this.#width)
    this.#counts = new Float64Array(bins + 2)
  }

  /** Zeros are left out: every range keeps them exactly. */
  count(values: Float32Array): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!
      if (value !== 0) this.#counts[Math.floor(value / this.#width) - this.#first]!++
    }
  }

  /**
   * The share of the extremes to which 8 bits lose least in squares: a narrower range has finer steps and cuts more off (Banner et al. 2019).
   */
  bestRange(): ValueRange {
    const { min, max } = this.#extremes
    let best = { share: 1, loss: Infinity }
    for (let percent = 100; percent >= 20; percent--) {
      const share = percent / 100
      const loss = this.#squaredLoss({ min: share * min, max: share * max })
      if (loss < best.loss) best = { share, loss }
    }
    return { min: best.share * min, max: best.share * max }
  }

  #squaredLoss({ min, max }: ValueRange): number {
    const step = (max - min) / storedLevels
    // Mean square of what rounding to the nearest step takes away.
    const rounding = step ** 2 / 12
    let loss = 0
    for (let bin = 0; bin < this.#counts.length; bin++) {
      const value = (this.#first + bin + 0.5) * this.#width
      const cut = Math.max(min - value, value - max, 0)
      loss += this.#counts[bin]! * (cut > 0 ? cut ** 2 : rounding)
    }
    return loss
  }
}
