/** Lower and upper bound, 0–1. */
export type Interval = readonly [low: number, high: number]

/** Two-sided 95 % of the normal distribution. */
const z = 1.959964

/**
 * Wilson score interval of a proportion (JASA 1927; 22:209). Unlike the normal approximation, it holds for few trials
 * and near 0 and 1.
 */
export function wilsonInterval(successes: number, trials: number): Interval {
  const share = successes / trials
  const centre = share + z ** 2 / (2 * trials)
  const margin = z * Math.sqrt((share * (1 - share)) / trials + z ** 2 / (4 * trials ** 2))
  const scale = 1 + z ** 2 / trials
  return [Math.max(0, (centre - margin) / scale), Math.min(1, (centre + margin) / scale)]
}
