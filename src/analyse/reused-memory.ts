/** Sample count of the largest detectors in daily use; a larger buffer is not retained. */
const mostKept = 16e6

/**
 * Memory that is reused for each radiograph, because the first access to fresh memory costs more than writing the
 * samples.
 */
export class ReusedMemory {
  #kept = new Uint16Array(0)

  /** Returns uninitialised memory for `length` samples. The next call invalidates it. */
  readonly take = (length: number): Uint16Array<ArrayBuffer> => {
    if (length > mostKept) return new Uint16Array(length)
    if (length > this.#kept.length) this.#kept = new Uint16Array(length)
    return this.#kept.subarray(0, length)
  }
}
