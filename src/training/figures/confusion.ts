import { type Figure, figureStyle } from './render-figure.ts'

/** Number of images by true class (row) and predicted class (column). */
export interface Confusion {
  readonly classes: readonly string[]
  readonly counts: readonly (readonly number[])[]
}

/** A confusion matrix: counts, shaded by their share of the true class. */
export function confusionFigure(title: string, { classes, counts }: Confusion): Figure {
  const values = counts.flatMap((row, truth) => {
    const total = row.reduce((sum, count) => sum + count, 0)
    return row.map((count, called) => ({
      truth: classes[truth],
      called: classes[called],
      count,
      share: total === 0 ? 0 : count / total,
    }))
  })
  const cells = {
    x: {
      field: 'called',
      type: 'nominal',
      sort: [...classes],
      title: 'called',
      axis: { orient: 'top', labelAngle: 0 },
    },
    y: { field: 'truth', type: 'nominal', sort: [...classes], title: 'is' },
  } as const
  return {
    ...figureStyle,
    width: 110 * classes.length,
    height: 60 * classes.length,
    title,
    data: { values },
    layer: [
      {
        mark: 'rect',
        encoding: {
          ...cells,
          color: { field: 'share', type: 'quantitative', scale: { domain: [0, 1], scheme: 'blues' }, legend: null },
        },
      },
      {
        mark: { type: 'text', fontSize: 15 },
        encoding: {
          ...cells,
          text: { field: 'count', type: 'quantitative' },
          color: { condition: { test: 'datum.share > 0.6', value: 'white' }, value: '#1c2733' },
        },
      },
    ],
  }
}
