import { fitPlattScaling } from './platt-scaling.ts'
import type { ScoredCase } from './roc.ts'

/** Mean squared error of the probabilities (Brier 1950): 0 is perfect, 0.25 is a constant probability of 0.5. */
export function brierScore(cases: readonly ScoredCase[]): number {
  return mean(cases.map(({ score, positive }) => (score - (positive ? 1 : 0)) ** 2))
}

/**
 * Expected calibration error (Naeini 2015): the absolute difference of mean probability and observed share, averaged
 * over bins of equal width and weighted by their number of cases.
 */
export function expectedCalibrationError(cases: readonly ScoredCase[], bins = 10): number {
  const byBin = Map.groupBy(cases, ({ score }) => Math.min(bins - 1, Math.floor(score * bins)))
  let error = 0
  for (const members of byBin.values()) {
    const stated = mean(members.map(({ score }) => score))
    const observed = mean(members.map(({ positive }) => (positive ? 1 : 0)))
    error += (members.length / cases.length) * Math.abs(stated - observed)
  }
  return error
}

/** Probabilities are clamped to this distance from 0 and 1, so that logits are finite. */
const mostCertain = 1e-6

/**
 * Slope of a logistic regression of the outcome on the stated log odds (Cox 1958): 1 is ideal, below 1 the
 * probabilities are overconfident.
 */
export function calibrationSlope(cases: readonly ScoredCase[]): number {
  const logit = (score: number) => {
    const probability = Math.min(1 - mostCertain, Math.max(mostCertain, score))
    return Math.log(probability / (1 - probability))
  }
  return fitPlattScaling(cases.map(({ score, positive }) => ({ logit: logit(score), positive, weight: 1 }))).slope
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
