/**
 * A probability in per cent with one decimal, so that report, picture and record show the same number.
 * @param probability 0–1
 * @returns 0–100
 */
export function percent(probability: number): number {
  return Math.round(probability * 1000) / 10
}
