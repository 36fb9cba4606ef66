import { expect } from 'chai'
import type { AnnotatedFrame } from '../../../src/training/atlas/annotated-frame.ts'
import { maskDice, toMask } from '../../../src/training/statistics/overlap.ts'
import { learnPrototypes } from '../../../src/training/atlas/prototypes.ts'
import { registrationSettings } from '../../../src/training/atlas/atlas-spec.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { reduceByMean, resizeBilinear } from '../../../src/lungs/plane.ts'
import { shippedAtlas, transform } from '../../lungs/shipped-atlas.ts'

const [first] = shippedAtlas().prototypes

/** A child with the prototype's chest, moved by a few pixels. */
function child(index: number, patient: string): AnnotatedFrame {
  const { appearance, lungProbability } = first!
  const move = (x: number, y: number): [number, number] => [x + (index % 3) * 3 - 3, y + (index % 4) * 2 - 3]
  const lungs = transform(resizeBilinear(lungProbability, appearance.side), move)
  return { patient, file: `${index}.png`, label: 'normal', frame: transform(appearance, move), lungs }
}

function learn(frames: readonly AnnotatedFrame[]): ReturnType<typeof learnPrototypes> {
  return learnPrototypes(frames, {
    clusters: 1,
    registration: registrationSettings,
    random: seededRandom(1),
  })
}

describe('learnPrototypes', function () {
  this.timeout(60_000)

  it('averages registered children into lungs with a Dice above 0.85 for each child', function () {
    const frames = Array.from({ length: 10 }, (_, i) => child(i, `p${i}`))
    const [prototype] = learn(frames)
    expect(prototype!.children).to.be.within(8, 10)
    const side = registrationSettings.gridSide
    const learned = toMask({ side, samples: Float32Array.from(prototype!.lungProbability, (value) => value / 255) })
    for (const { lungs } of frames) {
      expect(maskDice(learned, toMask(reduceByMean(lungs, lungs.side / side)))).to.be.above(0.85)
    }
    expect(learn(frames)).to.deep.equal([prototype])
  })

  it('makes no prototype of fewer than 8 children, even with more images', function () {
    expect(learn(Array.from({ length: 12 }, (_, i) => child(i, `p${i % 7}`)))).to.deep.equal([])
  })
})
