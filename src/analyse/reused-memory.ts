/** Samples of the largest detectors that are met every day; memory for more is not kept. */
const mostKept = 16e6

/** Memory for one radiograph after the other: the first touch of fresh memory takes longer than what is written into it. */
export class ReusedMemory {
  #kept = new Uint16Array(0)

  /** Room for so many samples, with any values in it. Void as soon as more is taken. */
  readonly take = (length: number): Uint16Array<ArrayBuffer> => {
    if (length > mostKept) return new Uint16Array(length)
    if (length > this.#kept.length) this.#kept = new Uint16Array(length)
    return this.#kept.subarray(0, length)
  }
}
