import type { ScoredCase } from '../statistics/roc.ts'
import { type Figure, figureStyle } from './render-figure.ts'

const size = { width: 320, height: 320 } as const
/** Axis range of shares and probabilities. */
const unit: number[] = [0, 1]

/** The cases of one curve and its name. */
interface NamedCases {
  readonly name: string
  readonly cases: readonly ScoredCase[]
}

/** Counts of cases at or above one threshold; the last step of a sweep counts every case. */
interface Sweep {
  readonly truePositives: number
  readonly falsePositives: number
}

function sweep(cases: readonly ScoredCase[]): Sweep[] {
  const sorted = [...cases].sort((one, other) => other.score - one.score)
  const steps: Sweep[] = [{ truePositives: 0, falsePositives: 0 }]
  let [truePositives, falsePositives] = [0, 0]
  for (const [index, { score, positive }] of sorted.entries()) {
    if (positive) truePositives++
    else falsePositives++
    // Cases with equal scores cross the threshold together.
    if (sorted[index + 1]?.score !== score) steps.push({ truePositives, falsePositives })
  }
  return steps
}

/** ROC curves: sensitivity against false-positive rate, with the chance diagonal. */
export function rocFigure(title: string, curves: readonly NamedCases[]): Figure {
  const values = curves.flatMap(({ name, cases }) => {
    const steps = sweep(cases)
    const last = steps.at(-1)!
    return steps.map(({ truePositives, falsePositives }, order) => ({
      name,
      order,
      x: falsePositives / last.falsePositives,
      y: truePositives / last.truePositives,
    }))
  })
  return curveFigure(title, values, { x: '1 − specificity', y: 'sensitivity' }, [
    { x: 0, y: 0 },
    { x: 1, y: 1 },
  ])
}

/** Precision–recall curves. */
export function precisionRecallFigure(title: string, curves: readonly NamedCases[]): Figure {
  const values = curves.flatMap(({ name, cases }) => {
    const steps = sweep(cases)
    const positives = steps.at(-1)!.truePositives
    return steps.slice(1).map(({ truePositives, falsePositives }, order) => ({
      name,
      order,
      x: truePositives / positives,
      y: truePositives / (truePositives + falsePositives),
    }))
  })
  return curveFigure(title, values, { x: 'sensitivity (recall)', y: 'precision' }, [])
}

/** Reliability diagram: observed share against stated probability in bins of equal width; point area is the count. */
export function reliabilityFigure(title: string, cases: readonly ScoredCase[], bins = 10): Figure {
  const byBin = Map.groupBy(cases, ({ score }) => Math.min(bins - 1, Math.floor(score * bins)))
  const values = [...byBin.values()].map((members) => ({
    stated: members.reduce((sum, { score }) => sum + score, 0) / members.length,
    observed: members.filter(({ positive }) => positive).length / members.length,
    images: members.length,
  }))
  const diagonal = [
    { stated: 0, observed: 0 },
    { stated: 1, observed: 1 },
  ]
  const encoding = {
    x: { field: 'stated', type: 'quantitative', title: 'stated probability of pneumonia', scale: { domain: unit } },
    y: { field: 'observed', type: 'quantitative', title: 'observed share of pneumonia', scale: { domain: unit } },
  } as const
  return {
    ...figureStyle,
    ...size,
    title,
    layer: [
      { data: { values: diagonal }, mark: { type: 'line', color: '#9aa5b3', strokeDash: [4, 4] }, encoding },
      {
        data: { values },
        mark: { type: 'point', filled: true, color: '#1f6feb', opacity: 0.85 },
        encoding: { ...encoding, size: { field: 'images', type: 'quantitative' } },
      },
    ],
  }
}

function curveFigure(
  title: string,
  values: readonly object[],
  axes: { readonly x: string; readonly y: string },
  reference: readonly object[],
): Figure {
  const axis = (name: 'x' | 'y') =>
    ({ field: name, type: 'quantitative', title: axes[name], scale: { domain: unit } }) as const
  return {
    ...figureStyle,
    ...size,
    title,
    layer: [
      {
        data: { values: [...reference] },
        mark: { type: 'line', color: '#9aa5b3', strokeDash: [4, 4] },
        encoding: { x: axis('x'), y: axis('y') },
      },
      {
        data: { values: [...values] },
        mark: { type: 'line', strokeWidth: 2 },
        encoding: {
          x: axis('x'),
          y: axis('y'),
          order: { field: 'order' },
          color: {
            field: 'name',
            type: 'nominal',
            title: null,
            legend: { orient: 'bottom', columns: 1, labelLimit: 0 },
          },
        },
      },
    ],
  }
}
