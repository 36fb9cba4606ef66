import {
  type TrustFeatures,
  type TrustFeatureName,
  type TrustGate,
  type TrustTerm,
  qualityOf,
  shortfall,
  trustFeatureNames,
} from '../../lungs/trust.ts'
import { type LogisticExample, fitLogistic } from '../statistics/logistic-regression.ts'

/** A localisation and whether it was right. `features` is undefined if no lung was found; it is then always refused. */
export interface JudgedCase {
  readonly kind: string
  readonly patient: string
  /** IoU of the found box and the drawn lungs' box; 0 if no box was found or no box in the frame may be trusted. */
  readonly boxIou: number
  readonly right: boolean
  readonly features: TrustFeatures | undefined
}

type MeasuredCase = JudgedCase & { readonly features: TrustFeatures }

/** A box counts as right if its IoU with the drawn lungs' box is at least this. */
export const rightBoxIou = 0.7
/** Training treats boxes below this IoU as wrong, because too few are below `rightBoxIou`. */
const dubiousBoxIou = 0.78

/** Weight of dubious boxes among the wrong cases. A higher weight catches more of them but fewer planted failures. */
const dubiousShare = 0.1

const l2 = 0.002
/** Accepted share of right boxes that the gate refuses. */
const falseAlarmShare = 0.02
/** Quality threshold of the gate; `withFalseAlarms` shifts the scale to it. */
const leastQuality = 0.5

/** Logistic regression on shortfalls; right and wrong boxes have equal total weight. */
export function fitGate(judged: readonly JudgedCase[]): TrustGate {
  const cases = judged.filter((one): one is MeasuredCase => one.features !== undefined)
  const right = cases.filter((one) => one.boxIou >= dubiousBoxIou)
  const dubious = cases.filter((one) => one.boxIou > 0 && one.boxIou < dubiousBoxIou)
  const failed = cases.filter((one) => one.boxIou === 0)
  const scales = scalesOf(right.map(({ features }) => features))
  const examplesOf = (some: readonly MeasuredCase[], target: 0 | 1, weight: number) =>
    some.map(({ features }): LogisticExample => {
      const inputs = trustFeatureNames.map((name) => shortfall(name, features[name], scales[name]))
      return { inputs, target, weight: weight / some.length }
    })
  const { bias, weights } = fitLogistic(
    [...examplesOf(right, 1, 1), ...examplesOf(dubious, 0, dubiousShare), ...examplesOf(failed, 0, 1 - dubiousShare)],
    l2,
  )
  const terms = { ...scales }
  for (const [k, name] of trustFeatureNames.entries()) terms[name] = { ...scales[name], weight: 0 - weights[k]! }
  return withFalseAlarms({ bias, terms, leastQuality }, cases)
}

/** Shifts the quality scale so that the gate refuses `falseAlarmShare` of the right boxes. */
function withFalseAlarms(gate: TrustGate, cases: readonly MeasuredCase[]): TrustGate {
  const qualities = cases.filter(({ right }) => right).map(({ features }) => qualityOf(features, gate))
  const least = qualities.sort((a, b) => a - b)[Math.floor(falseAlarmShare * qualities.length)]!
  return { ...gate, bias: gate.bias - Math.log(least / (1 - least)) }
}

function scalesOf(features: readonly TrustFeatures[]): Record<TrustFeatureName, TrustTerm> {
  const scales = trustFeatureNames.map((name) => [name, { ...spreadOf(features.map((one) => one[name])), weight: 0 }])
  return Object.fromEntries(scales) as Record<TrustFeatureName, TrustTerm>
}

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) }
}

export interface Share {
  readonly share: number
  readonly of: number
}

/** A gate's performance: shares of right boxes refused and of wrong boxes refused. */
export interface GateMeasure {
  readonly falseAlarms: Share
  /** Wrong boxes on unchanged radiographs. */
  readonly wrongBoxesCaught: Share
  /** Wrong boxes on planted cases of all kinds. */
  readonly plantedCaught: Share
  readonly caughtByKind: Readonly<Record<string, Share>>
}

export const kindAsItIs = 'as it is'

export function isRefused({ features }: JudgedCase, gate: TrustGate): boolean {
  return features === undefined || qualityOf(features, gate) < gate.leastQuality
}

/** @param judged cases, each with the gate to measure */
export function measureGate(judged: readonly { readonly case: JudgedCase; readonly gate: TrustGate }[]): GateMeasure {
  const shareRefused = (some: typeof judged): Share => ({
    share: some.length === 0 ? 0 : some.filter((one) => isRefused(one.case, one.gate)).length / some.length,
    of: some.length,
  })
  const wrong = judged.filter((one) => !one.case.right)
  const byKind = Map.groupBy(wrong, (one) => one.case.kind)
  return {
    falseAlarms: shareRefused(judged.filter((one) => one.case.right)),
    wrongBoxesCaught: shareRefused(wrong.filter((one) => one.case.kind === kindAsItIs)),
    plantedCaught: shareRefused(wrong.filter((one) => one.case.kind !== kindAsItIs)),
    caughtByKind: Object.fromEntries(
      [...byKind].map(([kind, some]) => [kind, shareRefused(some)] as const).sort(([a], [b]) => a.localeCompare(b)),
    ),
  }
}
