import type { JudgedPart } from './cross-fit.ts'
import { type GateMeasure, measureGate } from './gate.ts'
import type { Agreement, JudgedImage } from './judge.ts'
import { type Summary, jaccardOfDice, summarise } from '../statistics/overlap.ts'

/** Agreement of found masks with drawn ones, summarised over radiographs. */
export interface AgreementSummary {
  readonly dice: Summary
  readonly jaccard: Summary
  readonly boxIou: Summary
  readonly boundaryPct: Summary
}

export function summariseAgreement(agreements: readonly Agreement[]): AgreementSummary {
  return {
    dice: summarise(agreements.map(({ dice }) => dice)),
    jaccard: summarise(agreements.map(({ dice }) => jaccardOfDice(dice))),
    boxIou: summarise(agreements.map(({ boxIou }) => boxIou)),
    boundaryPct: summarise(agreements.map(({ boundaryPct }) => boundaryPct)),
  }
}

/** Measures on one set of children who were not in the training data. */
export interface UnseenMeasure {
  readonly images: number
  readonly children: number
  readonly whole: AgreementSummary
  readonly priorAlone: AgreementSummary
  readonly bestUnregistered: AgreementSummary
  readonly gate: GateMeasure
}

/** Measures of an atlas for its manifest and model card. */
export interface AtlasMeasures {
  /** The children held out from the released atlas. */
  readonly heldOut: UnseenMeasure
  /** All children, each measured with an atlas that was trained without that child. */
  readonly unseen: UnseenMeasure
}

export function measureAtlas(parts: readonly JudgedPart[]): AtlasMeasures {
  return { heldOut: measureParts(parts.filter(({ part }) => part === 'held-out')), unseen: measureParts(parts) }
}

function measureParts(parts: readonly JudgedPart[]): UnseenMeasure {
  const images = parts.flatMap((part) => part.images)
  const summary = (by: 'whole' | 'priorAlone' | 'bestUnregistered') =>
    summariseAgreement(images.map((image: JudgedImage) => image[by]))
  return {
    images: images.length,
    children: new Set(images.map(({ patient }) => patient)).size,
    whole: summary('whole'),
    priorAlone: summary('priorAlone'),
    bestUnregistered: summary('bestUnregistered'),
    gate: measureGate(parts.flatMap(({ cases, gate }) => cases.map((one) => ({ case: one, gate })))),
  }
}
