import { type TrustFeatures, type TrustGate, qualityOf, standardise, trustFeatureNames } from '../../lungs/trust.ts'
import { type LogisticExample, fitLogistic } from './logistic-regression.ts'

/** A localisation and whether it was right. */
export interface JudgedCase {
  readonly kind: string
  readonly patient: string
  readonly right: boolean
  readonly features: TrustFeatures
}

/** A box that overlaps the drawn lungs' box by this much is right. */
export const rightBoxIou = 0.7

const l2 = 0.002
/** Share of right boxes given up so that wrong ones are caught. */
const falseAlarmShare = 0.01

/** Squares may only speak against a box: what is far from anything seen must not gain trust by being farther still. */
const highestWeights = trustFeatureNames.map(() => Infinity).concat(trustFeatureNames.map(() => 0))

/** Logistic regression on standardised features and their squares; right and wrong cases weigh the same in total. */
export function fitGate(cases: readonly JudgedCase[]): TrustGate {
  const right = cases.filter((one) => one.right)
  const scales = trustFeatureNames.map((name) => scaleOf(right.map(({ features }) => features[name])))
  const examples = cases.map((one): LogisticExample => {
    const standardised = trustFeatureNames.map((name, k) => standardise(one.features[name], scales[k]!))
    return {
      inputs: [...standardised, ...standardised.map((z) => (z * z) / 8)],
      target: one.right ? 1 : 0,
      weight: 1 / (one.right ? right.length : cases.length - right.length),
    }
  })
  const { bias, weights } = fitLogistic(examples, l2, highestWeights)
  const terms = Object.fromEntries(
    trustFeatureNames.map((name, k) => {
      const squared = weights[k + trustFeatureNames.length]! / 8
      return [name, { ...scales[k]!, linear: weights[k]!, squared }]
    }),
  ) as TrustGate['terms']
  const gate = { bias, terms, leastQuality: 0 }
  const qualities = right.map(({ features }) => qualityOf(features, gate)).sort((a, b) => a - b)
  return { ...gate, leastQuality: Math.min(0.5, qualities[Math.floor(falseAlarmShare * qualities.length)]!) }
}

function scaleOf(values: readonly number[]): { mean: number; deviation: number } {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length
  const variance = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
  return { mean, deviation: Math.max(Math.sqrt(variance), 1e-6) }
}

/** How a gate does: shares of right boxes refused, and of wrong ones refused, by kind of case. */
export interface GateMeasure {
  readonly falseAlarms: { readonly share: number; readonly of: number }
  readonly caught: Readonly<Record<string, { readonly share: number; readonly of: number }>>
}

export function measureGate(cases: readonly JudgedCase[], gate: TrustGate): GateMeasure {
  const refused = (one: JudgedCase): boolean => qualityOf(one.features, gate) < gate.leastQuality
  const shareOf = (some: readonly JudgedCase[]): { share: number; of: number } => ({
    share: some.length === 0 ? 0 : some.filter(refused).length / some.length,
    of: some.length,
  })
  const wrong = cases.filter((one) => !one.right)
  const kinds = [...new Set(wrong.map(({ kind }) => kind))].sort()
  return {
    falseAlarms: shareOf(cases.filter((one) => one.right)),
    caught: Object.fromEntries(kinds.map((kind) => [kind, shareOf(wrong.filter((one) => one.kind === kind))])),
  }
}
