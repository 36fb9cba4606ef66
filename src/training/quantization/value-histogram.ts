import { type ValueRange, storedLevels } from './quantize-values.ts'

const bins = 4096

/** A histogram of values with bins of equal width, aligned at 0. */
export class ValueHistogram {
  readonly #width: number
  readonly #first: number
  readonly #counts: Float64Array
  readonly #extremes: ValueRange

  /** @param extremes smallest and largest value to be counted */
  constructor(extremes: ValueRange) {
    this.#extremes = extremes
    this.#width = (extremes.max - extremes.min) / bins
    this.#first = Math.floor(extremes.min / this.#width)
    this.#counts = new Float64Array(bins + 2)
  }

  /** Zeros are not counted: every range represents them exactly. */
  count(values: Float32Array): void {
    for (let index = 0; index < values.length; index++) {
      const value = values[index]!
      if (value !== 0) this.#counts[Math.floor(value / this.#width) - this.#first]!++
    }
  }

  /**
   * The range with the smallest squared quantization error, as a share of the extremes. A narrower range has finer
   * steps but clips more values (Banner et al. 2019).
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
    // Mean squared error of rounding to the nearest step.
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
