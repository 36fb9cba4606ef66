import { performance } from 'node:perf_hooks'
import { type Localisation, cutOutLungs, localise } from '../../lungs/localise.ts'
import { boundsOf } from '../../lungs/lung-box.ts'
import type { LungLocaliser } from '../../lungs/lung-localiser.ts'
import { type LungPrior, lungPrior } from '../../lungs/lung-prior.ts'
import type { LungMask } from '../../lungs/lung-region.ts'
import { resizeBilinear } from '../../lungs/plane.ts'
import { prepareImage } from '../../lungs/prepared-image.ts'
import type { Random } from '../data/random.ts'
import type { AnnotatedFrame } from './annotated-frame.ts'
import { bestPrototypeUnregistered } from './baselines.ts'
import { boundaryDistancePct } from '../statistics/boundary-distance.ts'
import { type JudgedCase, kindAsItIs, rightBoxIou } from './gate.ts'
import { boxIouWithMask, maskDice, toMask } from '../statistics/overlap.ts'
import { plantedCases } from './planted-cases.ts'

/** Agreement of a found mask with a drawn one. */
export interface Agreement {
  readonly dice: number
  readonly boxIou: number
  readonly boundaryPct: number
}

/** The results of the whole algorithm and of the baselines on one radiograph. */
export interface JudgedImage {
  readonly patient: string
  readonly file: string
  readonly label: string
  /** The whole algorithm. */
  readonly whole: Agreement
  /** Registration alone: the warped prior, thresholded at one half. */
  readonly priorAlone: Agreement
  /** The most similar prototype's lungs, without registration. */
  readonly bestUnregistered: Agreement
  /** Time of one localisation on one thread. */
  readonly ms: number
  /** For the trust gate. */
  readonly case: JudgedCase
  readonly mask: LungMask
}

/** Geometry for boundary distances if the image's aspect ratio is unknown. */
const square = { width: 1, height: 1 }

export function agreementWith(mask: LungMask, drawn: LungMask, size: AnnotatedFrame['size'] = square): Agreement {
  return {
    dice: maskDice(mask, drawn),
    boxIou: boxIouWithMask(boundsOf(mask), drawn),
    boundaryPct: boundaryDistancePct(mask, drawn, size),
  }
}

/** Localises the lungs on an unchanged radiograph and measures the result against the drawn lungs. */
export function judge(child: AnnotatedFrame, localiser: LungLocaliser): JudgedImage {
  const truth = toMask(child.lungs)
  const agreement = (mask: LungMask) => agreementWith(mask, truth, child.size)
  const startMs = performance.now()
  const prior = lungPrior(prepareImage(child.frame, localiser.registration), localiser)
  const found = cutOutLungs(prior, localiser, child.frame.side)
  const ms = performance.now() - startMs
  const mask = found?.mask ?? { side: truth.side, samples: new Uint8Array(truth.samples.length) }
  const { patient, file, label } = child
  return {
    patient,
    file,
    label,
    whole: agreement(mask),
    priorAlone: agreement(priorMask(prior, child.frame.side)),
    bestUnregistered: agreement(bestPrototypeUnregistered(child.frame, localiser)),
    ms,
    case: judgeCase({ kind: kindAsItIs, lungs: child.lungs }, found, patient),
    mask,
  }
}

function priorMask({ probability }: LungPrior, side: number): LungMask {
  return toMask(resizeBilinear(probability, side))
}

/** Localises the lungs in two planted cases of a child. */
export function judgePlanted(
  child: AnnotatedFrame,
  localiser: LungLocaliser,
  index: number,
  random: Random,
): JudgedCase[] {
  return plantedCases(child, index, random).map((planted) =>
    judgeCase(planted, localise(planted.frame, localiser), child.patient),
  )
}

function judgeCase(
  { kind, lungs }: { readonly kind: string; readonly lungs?: AnnotatedFrame['lungs'] },
  found: Localisation | undefined,
  patient: string,
): JudgedCase {
  const boxIou = lungs === undefined ? 0 : boxIouWithMask(found?.bounds, toMask(lungs))
  return { kind, patient, boxIou, right: boxIou >= rightBoxIou, features: found?.features }
}
