import type { Confusion } from '../figures/confusion.ts'

/** Precision, recall and F1 of one class, 0–1; NaN if the denominator is 0. */
export interface ClassMeasures {
  readonly precision: number
  readonly recall: number
  readonly f1: number
}

/** Counts cases by actual and predicted class. */
export function confusionOf<Class extends string>(
  classes: readonly Class[],
  cases: readonly { readonly is: Class; readonly called: Class }[],
): Confusion {
  const counts = classes.map(() => classes.map(() => 0))
  for (const { is, called } of cases) counts[classes.indexOf(is)]![classes.indexOf(called)]!++
  return { classes, counts }
}

/** The measures of each class by name. */
export function classMeasures({ classes, counts }: Confusion): Record<string, ClassMeasures> {
  return Object.fromEntries(
    classes.map((name, index) => {
      const right = counts[index]![index]!
      const recall = right / counts[index]!.reduce((sum, count) => sum + count, 0)
      const precision = right / counts.reduce((sum, row) => sum + row[index]!, 0)
      return [name, { precision, recall, f1: (2 * precision * recall) / (precision + recall) }]
    }),
  )
}
