import type { Plane } from './plane.ts'

/** Sums of a plane's columns and of its rows, each normalised to a total of 1: p and q of Candemir 2014. */
export interface Profiles {
  readonly columns: Float64Array
  readonly rows: Float64Array
}

/** The projection profiles of an equalised radiograph (values >= 0). */
export function profilesOf({ side, samples }: Plane): Profiles {
  const columns = new Float64Array(side)
  const rows = new Float64Array(side)
  let total = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const value = samples[y * side + x]!
      columns[x]! += value
      rows[y]! += value
      total += value
    }
  }
  const scale = total > 0 ? 1 / total : 0
  for (let i = 0; i < side; i++) {
    columns[i]! *= scale
    rows[i]! *= scale
  }
  return { columns, rows }
}

/** Mean of the Bhattacharyya coefficients of both profiles: 1 for equal profiles, approaching 0 for disjoint ones. */
export function profileSimilarity(a: Profiles, b: Profiles): number {
  return (bhattacharyya(a.columns, b.columns) + bhattacharyya(a.rows, b.rows)) / 2
}

function bhattacharyya(p: Float64Array, q: Float64Array): number {
  let sum = 0
  for (let i = 0; i < p.length; i++) sum += Math.sqrt(p[i]! * q[i]!)
  return sum
}
