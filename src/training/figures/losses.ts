import { type Figure, figureStyle } from './render-figure.ts'

/** The losses of one epoch. */
export interface LossHistory {
  readonly training: number
  readonly validation: number
}

/**
 * Training and validation loss by epoch.
 * @param bestEpoch the epoch that was kept, counted from 1; it is marked
 */
export function lossFigure(title: string, history: readonly LossHistory[], bestEpoch: number | null): Figure {
  const values = history.flatMap(({ training, validation }, index) => [
    { epoch: index + 1, loss: training, name: 'training' },
    { epoch: index + 1, loss: validation, name: 'validation' },
  ])
  return {
    ...figureStyle,
    width: 420,
    height: 260,
    title,
    layer: [
      {
        data: { values: bestEpoch === null ? [] : [{ epoch: bestEpoch }] },
        mark: { type: 'rule', color: '#9aa5b3', strokeDash: [4, 4] },
        encoding: { x: { field: 'epoch', type: 'quantitative' } },
      },
      {
        data: { values },
        mark: { type: 'line', point: true, strokeWidth: 2 },
        encoding: {
          x: { field: 'epoch', type: 'quantitative', title: 'epoch', axis: { tickMinStep: 1 } },
          y: { field: 'loss', type: 'quantitative', title: 'loss', scale: { zero: false } },
          color: { field: 'name', type: 'nominal', title: null, legend: { orient: 'bottom' } },
        },
      },
    ],
  }
}
