import type { LungAtlas } from '../../lungs/atlas.ts'
import { boundsOf } from '../../lungs/lung-box.ts'
import { localise } from '../../lungs/localise.ts'
import { lungBaseline } from './baseline.ts'
import type { AnnotatedFrame } from './annotated-frame.ts'
import { type JudgedCase, rightBoxIou } from './gate.ts'
import { boxIouWithMask, maskDice, type Summary, summarise, toMask } from './overlap.ts'
import { type GateCase, casesOf } from './planted-cases.ts'
import type { Random } from '../random.ts'

type Localiser = Pick<LungAtlas, 'prototypes' | 'registration'>

/** Dice of the masks and IoU of their boxes, without margin, over held-out children. */
export interface Overlap {
  readonly dice: Summary
  readonly boxIou: Summary
}

/** Measures registration on children the atlas has not seen, next to the same prototypes placed without registration. */
export interface HeldOutMeasure {
  readonly images: number
  readonly children: number
  readonly registered: Overlap
  readonly unregistered: Overlap
}

export interface Judgement {
  readonly measure: HeldOutMeasure
  readonly cases: readonly JudgedCase[]
}

/** Localises every held-out child as it is, and as planted cases. */
export function judge(
  heldOut: readonly AnnotatedFrame[],
  atlas: Localiser,
  random: Random,
  onProgress: (text: string) => void,
): Judgement {
  const cases: JudgedCase[] = []
  const registered = { dice: [] as number[], boxIou: [] as number[] }
  const unregistered = { dice: [] as number[], boxIou: [] as number[] }
  for (const [index, child] of heldOut.entries()) {
    const truth = toMask(child.lungs)
    const placed = lungBaseline(child.frame, atlas)
    unregistered.dice.push(maskDice(placed, truth))
    unregistered.boxIou.push(boxIouWithMask(boundsOf(placed), truth))
    for (const planted of casesOf(child, index, random)) {
      const found = localise(planted.frame, atlas)
      if (planted.frame === child.frame) {
        registered.dice.push(found ? maskDice(found.mask, truth) : 0)
        registered.boxIou.push(boxIouWithMask(found?.bounds, truth))
      }
      if (found) cases.push({ ...judgeCase(planted, found.bounds), patient: child.patient, features: found.features })
    }
    if ((index + 1) % 50 === 0) onProgress(`${index + 1} of ${heldOut.length} held-out radiographs localised`)
  }
  const measure = {
    images: heldOut.length,
    children: new Set(heldOut.map(({ patient }) => patient)).size,
    registered: { dice: summarise(registered.dice), boxIou: summarise(registered.boxIou) },
    unregistered: { dice: summarise(unregistered.dice), boxIou: summarise(unregistered.boxIou) },
  }
  return { measure, cases }
}

function judgeCase(
  { kind, lungs }: GateCase,
  bounds: Parameters<typeof boxIouWithMask>[0],
): { kind: string; right: boolean } {
  return { kind, right: lungs !== undefined && boxIouWithMask(bounds, toMask(lungs)) >= rightBoxIou }
}
