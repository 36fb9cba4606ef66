/** Bins, each with a fifth of the reference. The usual ten are too many for the studies of one week. */
const binCount = 5

/** Added to every bin, so that an empty bin does not make the index infinite. */
const pseudoCount = 0.5

/** Distance of a distribution from its reference. */
export interface StabilityIndex {
  readonly value: number
  /** Its expectation by chance for these sample sizes: (bins − 1) (1/n + 1/m) (Yurdakul 2018). */
  readonly byChance: number
}

/**
 * Population stability index of probabilities against a reference, in bins of equal share of the reference. Neither may
 * be empty.
 */
export function stabilityIndex(reference: readonly number[], current: readonly number[]): StabilityIndex {
  const edges = innerEdges(reference)
  const shares = (values: readonly number[]) => smoothedShares(binCounts(values, edges))
  return {
    value: divergence(shares(reference), shares(current)),
    byChance: edges.length * (1 / reference.length + 1 / current.length),
  }
}

/** Σ (actual − expected) ln(actual / expected). Neither holds a zero. */
export function divergence(expected: readonly number[], actual: readonly number[]): number {
  return actual.reduce((sum, share, bin) => sum + (share - expected[bin]!) * Math.log(share / expected[bin]!), 0)
}

/** Quantile by linear interpolation (Hyndman and Fan's seventh). */
export function quantile(sorted: readonly number[], share: number): number {
  const place = (sorted.length - 1) * share
  const below = sorted[Math.floor(place)]!
  return below + (sorted[Math.ceil(place)]! - below) * (place - Math.floor(place))
}

/** Edges between the bins. Equal edges, from many studies with the same probability, are merged. */
function innerEdges(reference: readonly number[]): readonly number[] {
  const sorted = reference.toSorted((one, other) => one - other)
  const edges = Array.from({ length: binCount - 1 }, (_, index) => quantile(sorted, (index + 1) / binCount))
  return [...new Set(edges)]
}

function binCounts(values: readonly number[], edges: readonly number[]): readonly number[] {
  const counts = new Array<number>(edges.length + 1).fill(0)
  for (const value of values) counts[edges.filter((edge) => value > edge).length]!++
  return counts
}

function smoothedShares(counts: readonly number[]): readonly number[] {
  const total = counts.reduce((sum, count) => sum + count + pseudoCount, 0)
  return counts.map((count) => (count + pseudoCount) / total)
}
