import {
  type TrustFeatures,
  type TrustFeatureName,
  type TrustGate,
  type TrustTerm,
  qualityOf,
  shortfall,
  trustFeatureNames,
} from '../../lungs/trust.ts'
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

/** Logistic regression on shortfalls; right and wrong cases weigh the same in total. */
export function fitGate(cases: readonly JudgedCase[]): TrustGate {
  const right = cases.filter((one) => one.right)
  const scales = scalesOf(right.map(({ features }) => features))
  const examples = cases.map((one): LogisticExample => {
    return {
      inputs: trustFeatureNames.map((name) => shortfall(name, one.features[name], scales[name])),
      target: one.right ? 1 : 0,
      weight: 1 / (one.right ? right.length : cases.length - right.length),
    }
  })
  const { bias, weights } = fitLogistic(examples, l2)
  const terms = { ...scales }
  for (const [k, name] of trustFeatureNames.entries()) terms[name] = { ...scales[name], weight: 0 - weights[k]! }
  const gate = { bias, terms, leastQuality: 0 }
  const qualities = right.map(({ features }) => qualityOf(features, gate)).sort((a, b) => a - b)
  return { ...gate, leastQuality: Math.min(0.5, qualities[Math.floor(falseAlarmShare * qualities.length)]!) }
}

function scalesOf(features: readonly TrustFeatures[]): Record<TrustFeatureName, TrustTerm> {
  const scale = (name: TrustFeatureName): TrustTerm => ({ ...spreadOf(features.map((one) => one[name])), weight: 0 })
  return {
    agreement: scale('agreement'),
    residual: scale('residual'),
    resemblance: scale('resemblance'),
    dissimilarity: scale('dissimilarity'),
    bending: scale('bending'),
    area: scale('area'),
    aspect: scale('aspect'),
    symmetry: scale('symmetry'),
  }
}

function spreadOf(values: readonly number[]): { mean: number; deviation: number } {
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
