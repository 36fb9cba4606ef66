/** Uniform numbers in [0, 1). Training makes every random choice with one of these, so that a seed reproduces a run. */
export type Random = () => number

/** Mulberry32 (Tommy Ettinger, public domain). Its 32 bits of state are enough for shuffling and augmentation. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

/** Standard normal deviate (Box and Muller 1958). */
export function gaussianDeviate(random: Random): number {
  return Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random())
}

/** Fisher-Yates shuffle in place. */
export function shuffle<Value>(values: { readonly length: number; [index: number]: Value }, random: Random): void {
  for (let i = values.length - 1; i > 0; i--) {
    const other = Math.floor(random() * (i + 1))
    const value = values[i]!
    values[i] = values[other]!
    values[other] = value
  }
}
