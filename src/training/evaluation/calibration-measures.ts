import type { ScoredCase } from './roc.ts'

/** Mean squared error of the probabilities (Brier 1950); 0 is perfect, .25 is a coin. */
export function brierScore(cases: readonly ScoredCase[]): number {
  return mean(cases.map(({ score, positive }) => (score - (positive ? 1 : 0)) ** 2))
}

/**
 * Expected calibration error (Naeini 2015): how far the stated probability is from the observed share, averaged over equal-width
 * bins weighted by their cases.
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

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length
}
