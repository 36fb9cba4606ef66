import type { LungMask } from '../../../lungs/lung-region.ts'
import { type TrustGate, qualityOf } from '../../../lungs/trust.ts'
import type { AnnotatedFrame } from '../../atlas/annotated-frame.ts'
import { type AgreementSummary, summariseAgreement } from '../../atlas/atlas-measures.ts'
import { type GateMeasure, type JudgedCase, isRefused, measureGate, rightBoxIou } from '../../atlas/gate.ts'
import type { Agreement, JudgedImage } from '../../atlas/judge.ts'
import { percentile } from '../../statistics/bootstrap.ts'
import type { OtherImage } from './other-images.ts'
import type { UnlikelyPair } from './unlikely-pairs.ts'

/** A localised radiograph with its drawn lungs and the trust gate's decision. */
export interface EvaluatedImage extends JudgedImage {
  readonly frame: AnnotatedFrame['frame']
  readonly size: AnnotatedFrame['size']
  readonly drawn: LungMask
  /** Agreement of the mean training mask, placed without registration. */
  readonly meanMask: Agreement
  /** Trust in the localisation, 0–1; undefined if the atlas has no gate. */
  readonly quality: number | undefined
  readonly refused: boolean
}

/** The JSON output of `evaluate lungs`. Its names are a public contract. */
export interface LungEvaluation extends AgreementSummary {
  readonly split: string
  readonly n: number
  readonly atlas: string
  /** Radiographs whose lung box has an IoU below `rightBoxIou` with the box of the drawn lungs. */
  readonly failures: number
  /** Failures that the trust gate refuses. */
  readonly failuresRefused: number
  readonly refused: number
  readonly ms: { readonly median: number; readonly p95: number }
  readonly byLabel: Readonly<Record<string, AgreementSummary & { readonly n: number }>>
  /** Results of simpler methods on the same radiographs. */
  readonly compared: {
    readonly registrationAlone: AgreementSummary
    readonly bestPrototypeUnregistered: AgreementSummary
    readonly meanMaskUnregistered: AgreementSummary
  }
  readonly gate?: GateMeasure
  readonly unlikelyPairs: readonly UnlikelyPair[]
  /** Results of the released atlas on images without a frontal chest. */
  readonly otherImages: readonly OtherImage[]
}

interface Trusted {
  readonly cases: readonly JudgedCase[]
  readonly gate: TrustGate
}

export function trustOf(image: JudgedImage, gate: TrustGate | undefined): Pick<EvaluatedImage, 'quality' | 'refused'> {
  if (gate === undefined) return { quality: undefined, refused: false }
  const { features } = image.case
  return { quality: features === undefined ? 0 : qualityOf(features, gate), refused: isRefused(image.case, gate) }
}

/** Summarises the evaluation of a set of radiographs. */
export function summariseEvaluation(
  names: { readonly split: string; readonly atlas: string },
  images: readonly EvaluatedImage[],
  trusted: readonly Trusted[],
  apart: Pick<LungEvaluation, 'unlikelyPairs' | 'otherImages'>,
): LungEvaluation {
  const failures = images.filter(({ whole }) => whole.boxIou < rightBoxIou)
  const times = images.map(({ ms }) => ms).sort((a, b) => a - b)
  const summaryOf = (some: readonly EvaluatedImage[], by: (image: EvaluatedImage) => Agreement) =>
    summariseAgreement(some.map(by))
  const gateCases = trusted.flatMap(({ cases, gate }) => cases.map((one) => ({ case: one, gate })))
  return {
    ...names,
    n: images.length,
    ...summaryOf(images, ({ whole }) => whole),
    failures: failures.length,
    failuresRefused: failures.filter(({ refused }) => refused).length,
    refused: images.filter(({ refused }) => refused).length,
    ms: { median: percentile(times, 0.5), p95: percentile(times, 0.95) },
    byLabel: Object.fromEntries(
      [...Map.groupBy(images, ({ label }) => label)]
        .sort(([a], [b]) => a.localeCompare(b))
        .map(([label, some]) => [label, { n: some.length, ...summaryOf(some, ({ whole }) => whole) }]),
    ),
    compared: {
      registrationAlone: summaryOf(images, ({ priorAlone }) => priorAlone),
      bestPrototypeUnregistered: summaryOf(images, ({ bestUnregistered }) => bestUnregistered),
      meanMaskUnregistered: summaryOf(images, ({ meanMask }) => meanMask),
    },
    ...(gateCases.length > 0 && { gate: measureGate(gateCases) }),
    ...apart,
  }
}
