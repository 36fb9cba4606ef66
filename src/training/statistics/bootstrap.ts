import type { Random } from '../data/random.ts'

/**
 * 95 % confidence interval of a measure by the percentile bootstrap. Patients are drawn with replacement, because
 * images of one patient are not independent. Draws with an undefined measure (one class missing) are left out.
 */
export function patientBootstrap<Case extends { readonly patient: string }>(
  cases: readonly Case[],
  measure: (drawn: readonly Case[]) => number,
  random: Random,
  draws = 1000,
): [number, number] {
  const patients = [...Map.groupBy(cases, (item) => item.patient).values()]
  const values: number[] = []
  for (let draw = 0; draw < draws; draw++) {
    const drawn = patients.flatMap(() => patients[Math.floor(random() * patients.length)]!)
    const value = measure(drawn)
    if (Number.isFinite(value)) values.push(value)
  }
  values.sort((one, other) => one - other)
  return [percentile(values, 0.025), percentile(values, 0.975)]
}

/** Interpolates linearly between the nearest sorted values; NaN if there are none. */
export function percentile(sorted: readonly number[], share: number): number {
  if (sorted.length === 0) return NaN
  const position = share * (sorted.length - 1)
  const below = Math.floor(position)
  const above = Math.min(below + 1, sorted.length - 1)
  return sorted[below]! + (position - below) * (sorted[above]! - sorted[below]!)
}
