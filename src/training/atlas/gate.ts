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

/** A localisation and whether it was right. `features` is undefined where no lung was left, which no gate is asked about. */
export interface JudgedCase {
  readonly kind: string
  readonly patient: string
  /** Of the found box with the drawn lungs' one; 0 where no box may be trusted. */
  readonly boxIou: number
  readonly right: boolean
  readonly features: TrustFeatures | undefined
}

type MeasuredCase = JudgedCase & { readonly features: TrustFeatures }

/** A box that overlaps the drawn lungs' box by this much is right. */
export const rightBoxIou = 0.7
/** Boxes below this are learned as wrong ones: of those below `rightBoxIou` there are too few to learn from. */
const dubiousBoxIou = 0.78

/** What dubious boxes count among the wrong cases: more catches more of them and fewer planted failures. */
const dubiousShare = 0.1

const l2 = 0.002
/** Share of right boxes given up so that wrong ones are caught. */
const falseAlarmShare = 0.02
/** The quality that the gate asks for; the scale is laid so. */
const leastQuality = 0.5

/** Logistic regression on shortfalls; right boxes count as much as wrong ones in total. */
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

/** Moves the scale of quality so that the gate refuses the share of right boxes that is given up. */
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

/** How a gate does: shares of right boxes refused, and of wrong ones refused, by kind of case. */
export interface GateMeasure {
  readonly falseAlarms: Share
  /** Children as they are whose box is wrong. */
  readonly wrongBoxesCaught: Share
  /** Planted failures of all kinds. */
  readonly plantedCaught: Share
  readonly caughtByKind: Readonly<Record<string, Share>>
}

export const kindAsItIs = 'as it is'

export function isRefused({ features }: JudgedCase, gate: TrustGate): boolean {
  return features === undefined || qualityOf(features, gate) < gate.leastQuality
}

/** @param judged cases, each with the gate it is put to */
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
