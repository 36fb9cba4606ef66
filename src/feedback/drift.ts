import type { Decision } from '../classify/prediction.ts'
import { type StabilityIndex, quantile, stabilityIndex } from './stability-index.ts'

/** A study's score and arrival time. */
export interface Score {
  readonly arrivedAt: Date
  readonly model: { readonly name: string; readonly version: string }
  readonly decision: Decision
  /** Probability of pneumonia, 0–1. */
  readonly pneumonia: number
}

/** Comparison of a week's scores with the reference weeks. */
export type Comparison =
  | { readonly kind: 'reference' }
  | { readonly kind: 'no-reference' }
  | { readonly kind: 'too-few' }
  | { readonly kind: 'compared'; readonly index: StabilityIndex }

/** The studies that arrived in one week. */
export interface Week {
  /** Its Monday, 00:00 UTC. */
  readonly start: Date
  readonly studies: number
  /** Share of each decision, 0–1. */
  readonly shares: Readonly<Record<Decision, number>>
  readonly quartiles: readonly [lower: number, median: number, upper: number]
  readonly comparison: Comparison
}

/** Weeks of one model version. A different version has a different score distribution, which is not drift. */
export interface ModelDrift {
  readonly model: string
  /** Weeks with studies, oldest first. */
  readonly weeks: readonly Week[]
  /** Number of reference studies; undefined until the first weeks together have enough. */
  readonly referenceStudies: number | undefined
}

/**
 * Minimum number of studies in the reference, 20 in each of five bins. It spans as many of the first weeks as needed.
 */
export const leastReference = 100
/** With fewer studies than this, a week's index is mostly chance. */
export const leastCompared = 20

const dayMs = 24 * 60 * 60_000

/** The most recently seen model comes first. */
export function driftByModel(scores: readonly Score[]): readonly ModelDrift[] {
  const ordered = scores.toSorted((one, other) => one.arrivedAt.getTime() - other.arrivedAt.getTime())
  const byModel = Map.groupBy(ordered, ({ model }) => `${model.name} ${model.version}`)
  return [...byModel]
    .map(([model, some]) => driftOf(model, some))
    .sort((one, other) => lastStartMs(other) - lastStartMs(one))
}

function lastStartMs({ weeks }: ModelDrift): number {
  return weeks.at(-1)?.start.getTime() ?? 0
}

function driftOf(model: string, ordered: readonly Score[]): ModelDrift {
  const weeks = [...Map.groupBy(ordered, ({ arrivedAt }) => mondayMs(arrivedAt))]
  const enough = weeks.findIndex((_, index) => studiesIn(weeks.slice(0, index + 1)) >= leastReference)
  const reference = weeks.slice(0, enough + 1).flatMap(([, scores]) => scores.map(probability))
  return {
    model,
    referenceStudies: enough < 0 ? undefined : reference.length,
    weeks: weeks.map(([startMs, scores], index) => ({
      ...describeWeek(new Date(startMs), scores),
      comparison: compare(scores, index <= enough, reference),
    })),
  }
}

function studiesIn(weeks: readonly (readonly [number, readonly Score[]])[]): number {
  return weeks.reduce((sum, [, scores]) => sum + scores.length, 0)
}

function describeWeek(start: Date, scores: readonly Score[]): Omit<Week, 'comparison'> {
  const sorted = scores.map(probability).sort((one, other) => one - other)
  const share = (decision: Decision): number =>
    scores.filter((score) => score.decision === decision).length / scores.length
  return {
    start,
    studies: scores.length,
    shares: { present: share('present'), undetermined: share('undetermined'), absent: share('absent') },
    quartiles: [quantile(sorted, 0.25), quantile(sorted, 0.5), quantile(sorted, 0.75)],
  }
}

function compare(scores: readonly Score[], isReference: boolean, reference: readonly number[]): Comparison {
  if (reference.length === 0) return { kind: 'no-reference' }
  if (isReference) return { kind: 'reference' }
  if (scores.length < leastCompared) return { kind: 'too-few' }
  return { kind: 'compared', index: stabilityIndex(reference, scores.map(probability)) }
}

function probability({ pneumonia }: Score): number {
  return pneumonia
}

/** The Monday on or before, the first day of the ISO 8601 week. 1 January 1970 was a Thursday. */
function mondayMs(time: Date): number {
  const days = Math.floor(time.getTime() / dayMs)
  return (days - ((days + 3) % 7)) * dayMs
}
