import { expect } from 'chai'
import { locateLungs } from '../../src/lungs/locate-lungs.ts'
import { boundsOf, boxIou } from '../../src/lungs/lung-box.ts'
import type { LungRegion } from '../../src/lungs/lung-region.ts'
import { leftLung, rightLung } from '../../src/lungs/lung-region.ts'
import { type TrustFeatureName, type TrustGate, trustFeatureNames } from '../../src/lungs/trust.ts'
import { resizeBilinear } from '../../src/lungs/plane.ts'
import { openAtlas } from '../../src/lungs/lung-localiser.ts'
import type { Prototype } from '../../src/lungs/atlas/prototype.ts'
import type { Box } from '../../src/pixels/radiograph.ts'
import type { SquareFrame } from '../../src/pixels/square-frame.ts'
import { inPlace, place } from '../../src/training/atlas/frame-transforms.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { toMask } from '../../src/training/statistics/overlap.ts'
import { shippedAtlas, transform } from './shipped-atlas.ts'

const atlas = shippedAtlas()
const localiser = openAtlas(atlas)
const side = 224
const square = { width: side, height: side }
// Lungs well inside the frame, so that they can be moved without leaving it.
const movable = atlas.prototypes.filter((prototype) => {
  const { x, y, width, height } = drawnBox(prototype)
  return x > 12 && y > 20 && x + width < side - 12 && y + height < side - 20
})

function drawnBox({ lungProbability }: Prototype): Box {
  const box = boundsOf(toMask(resizeBilinear(lungProbability, side)))
  if (!box) throw new Error('A prototype without lungs')
  return box
}

function found(region: LungRegion): Extract<LungRegion, { kind: 'found' }> {
  if (region.kind !== 'found') throw new Error(`Not found: ${region.warning}`)
  return region
}

function reasonOf(region: LungRegion): string | undefined {
  if (region.kind !== 'whole-frame') return undefined
  const sentence = /^The whole image was analysed because the lungs were not located reliably: (.+)\.$/
  return sentence.exec(region.warning)?.[1]
}

/** Why lungs are refused if a feature is far above or below its usual value. */
const judged: Readonly<Record<TrustFeatureName, { above: boolean; below: boolean; reason: string }>> = {
  agreement: { above: false, below: true, reason: 'the registered atlases disagree on their position' },
  certainty: { above: false, below: true, reason: 'their boundaries are too uncertain' },
  steadiness: { above: false, below: true, reason: 'their extent is too uncertain' },
  residual: {
    above: true,
    below: false,
    reason: 'the image does not resemble the chest radiographs of the atlas',
  },
  resemblance: {
    above: false,
    below: true,
    reason: 'the contrast within the chest differs from the chest radiographs of the atlas',
  },
  dissimilarity: {
    above: true,
    below: false,
    reason: 'the gray levels are not distributed as in a frontal chest radiograph',
  },
  bending: { above: true, below: false, reason: 'the atlases fit only after too much deformation' },
  area: { above: true, below: true, reason: 'the area found is implausible for lungs' },
  aspect: { above: true, below: true, reason: 'the outline found is too wide or too narrow for lungs' },
  balance: { above: true, below: true, reason: 'one lung found is much larger than the other' },
}

/** Lungs in the square frames located so far: several tests begin with the same prototype. */
const located = new Map<SquareFrame, LungRegion>()

function locate(frame: SquareFrame, source = square): LungRegion {
  const known = source === square ? located.get(frame) : undefined
  if (known !== undefined) return known
  const region = locateLungs(frame, source, localiser)
  if (source === square) located.set(frame, region)
  return region
}

describe('locateLungs', function () {
  this.timeout(60_000)

  it("finds each prototype's own lungs", function () {
    const some = atlas.prototypes.filter((_, index) => index % 2 === 0)
    const overlaps = some.map((one) => boxIou(locate(one.appearance).box, drawnBox(one)))
    const mean = overlaps.reduce((sum, value) => sum + value, 0) / overlaps.length
    expect(mean).to.be.above(0.88)
    expect(overlaps.filter((value) => value < 0.75).length).to.be.at.most(1)
  })

  it('returns a box in whole pixels inside the source image for any aspect ratio', function () {
    const prototype = movable[0]!
    const wide = found(locate(prototype.appearance, { width: 3001, height: 1777 }))
    const { x, y, width, height } = wide.box
    for (const value of [x, y, width, height]) expect(Number.isInteger(value)).to.be.true
    expect(x).to.be.at.least(0)
    expect(y).to.be.at.least(0)
    expect(x + width).to.be.at.most(3001)
    expect(y + height).to.be.at.most(1777)
    const drawn = drawnBox(prototype)
    const inFrame = {
      x: (x / 3001) * side,
      y: (y / 1777) * side,
      width: (width / 3001) * side,
      height: (height / 1777) * side,
    }
    expect(boxIou(inFrame, drawn)).to.be.above(0.85)
    expect(wide.mask.side).to.equal(side)
  })

  it('moves the box with the image', function () {
    expect(movable).not.to.be.empty
    for (const { appearance } of movable.slice(0, 2)) {
      const before = found(locate(appearance)).box
      const moved = found(locate(transform(appearance, (x, y) => [x - 9, y + 12]))).box
      expect(moved.x + moved.width / 2 - before.x - before.width / 2).to.be.closeTo(9, 6)
      expect(moved.y + moved.height / 2 - before.y - before.height / 2).to.be.closeTo(-12, 6)
    }
  })

  it('scales the box with the image', function () {
    const middle = (side - 1) / 2
    for (const { appearance } of movable.slice(0, 2)) {
      const before = found(locate(appearance)).box
      const shrunk = transform(appearance, (x, y) => [middle + (x - middle) / 0.87, middle + (y - middle) / 0.87])
      const after = found(locate(shrunk)).box
      expect(after.width / before.width).to.be.closeTo(0.87, 0.06)
      expect(after.height / before.height).to.be.closeTo(0.87, 0.06)
    }
  })

  it('mirrors the box with the image and swaps right and left lung', function () {
    const middleOf = (region: LungRegion, lung: number): number => {
      const columns = Array.from(found(region).mask.samples.entries()).flatMap(([i, value]) =>
        value === lung ? [i % side] : [],
      )
      return columns.reduce((sum, column) => sum + column, 0) / columns.length
    }
    for (const { appearance } of movable.slice(0, 2)) {
      const before = locate(appearance)
      const mirrored = locate(transform(appearance, (x, y) => [side - 1 - x, y]))
      const expected = { ...found(before).box, x: side - before.box.x - before.box.width }
      expect(boxIou(mirrored.box, expected)).to.be.above(0.85)
      expect(middleOf(before, rightLung)).to.be.below(middleOf(before, leftLung))
      expect(middleOf(mirrored, rightLung)).to.be.closeTo(side - 1 - middleOf(before, leftLung), 6)
      expect(middleOf(mirrored, leftLung)).to.be.closeTo(side - 1 - middleOf(before, rightLung), 6)
    }
  })

  for (const angleDeg of [-15, 15]) {
    it(`finds lungs tilted by ${angleDeg} degrees`, function () {
      for (const prototype of movable.slice(0, 3)) {
        const tilt = { ...inPlace, angleDeg }
        const expected = boundsOf(toMask(place(resizeBilinear(prototype.lungProbability, side), tilt)))
        expect(boxIou(found(locate(place(prototype.appearance, tilt))).box, expected!)).to.be.above(0.8)
      }
    })
  }

  it('is robust to black borders, a side marker and tubes', function () {
    const { appearance } = movable[0]!
    const small = { ...inPlace, scaleX: 0.8, scaleY: 0.85, shiftX: 8 }
    const bordered = place(appearance, small)
    const before = found(locate(bordered)).box
    const samples = Float32Array.from(bordered.samples)
    const paint = (x: number, y: number): void => {
      samples[Math.round(y) * side + Math.round(x)] = 250
      samples[Math.round(y) * side + Math.round(x) + 1] = 250
    }
    // A letter beside the chest, one tube down the middle and one across.
    for (let y = 20; y < 45; y++) for (let x = 14; x < 22; x++) if (x < 17 || y % 10 < 3) paint(x, y)
    for (let y = 0; y < 130; y++) paint(112 + 4 * Math.sin(y / 20), y)
    for (let x = 40; x < 190; x++) paint(x, 90 + 0.3 * x)
    expect(boxIou(found(locate({ side, samples })).box, before)).to.be.above(0.92)
  })

  it('does not depend on exposure and contrast', function () {
    const { appearance } = movable[0]!
    const before = found(locate(appearance)).box
    const dark = { side, samples: appearance.samples.map((value) => 255 * (value / 255) ** 2) }
    expect(boxIou(found(locate(dark)).box, before)).to.be.above(0.95)
  })

  it('gives the same result for the same image', function () {
    const { appearance } = atlas.prototypes[0]!
    expect(locateLungs(appearance, square, localiser)).to.deep.equal(locate(appearance))
  })

  const random = seededRandom(5)
  const { appearance } = atlas.prototypes[0]!
  const unusable: Readonly<Record<string, SquareFrame>> = {
    'a uniform image': { side, samples: new Float32Array(side * side).fill(90) },
    'a black image': { side, samples: new Float32Array(side * side) },
    noise: { side, samples: Float32Array.from({ length: side * side }, () => 255 * random()) },
    'a ramp': { side, samples: Float32Array.from({ length: side * side }, (_, i) => (255 * (i % side)) / side) },
  }
  for (const [name, frame] of Object.entries(unusable)) {
    it(`returns the whole frame with a warning for ${name}`, function () {
      const region = locate(frame, { width: 640, height: 480 })
      expect(region.kind).to.equal('whole-frame')
      expect(region.box).to.deep.equal({ x: 0, y: 0, width: 640, height: 480 })
      expect(region.quality).to.be.within(0, 1)
      expect(reasonOf(region)).to.equal(judged.resemblance.reason)
    })
  }

  describe('with one prototype', function () {
    const [prototype] = atlas.prototypes
    const single = openAtlas({ ...atlas, prototypes: [prototype!] })
    /** A gate that looks at one feature, which is far above or below the mean. */
    const gateOf = (name: TrustFeatureName, isAbove: boolean): TrustGate => ({
      bias: 0,
      leastQuality: 0.5,
      terms: {
        ...atlas.gate.terms,
        ...Object.fromEntries(trustFeatureNames.map((other) => [other, { mean: 0, deviation: 1, weight: 0 }])),
        [name]: { mean: isAbove ? -99 : 99, deviation: 1, weight: 1 },
      },
    })

    for (const name of trustFeatureNames) {
      const { reason, ...refused } = judged[name]
      it(`trusts or refuses the lungs by their ${name} and states it as the reason`, function () {
        for (const [isAbove, isRefused] of [
          [true, refused.above],
          [false, refused.below],
        ] as const) {
          const region = locateLungs(prototype!.appearance, square, { ...single, gate: gateOf(name, isAbove) })
          expect(region.kind).to.equal(isRefused ? 'whole-frame' : 'found')
          if (isRefused) expect(reasonOf(region)).to.equal(reason)
        }
      })
    }

    it('returns the whole frame and says so if no lung area is found', function () {
      const { lungProbability } = prototype!
      const without = { ...lungProbability, samples: new Float32Array(lungProbability.samples.length) }
      const nowhere = openAtlas({ ...atlas, prototypes: [{ ...prototype!, lungProbability: without }] })
      const region = locateLungs(prototype!.appearance, { width: 640, height: 480 }, nowhere)
      expect(region.box).to.deep.equal({ x: 0, y: 0, width: 640, height: 480 })
      expect(region.quality).to.equal(0)
      expect(reasonOf(region)).to.equal('the atlas registration found no lung area')
    })
  })

  const mistaken: Readonly<Record<string, readonly [SquareFrame, RegExp]>> = {
    'an inverted chest': [{ side, samples: appearance.samples.map((value) => 255 - value) }, /appears inverted/],
    'an upside-down chest': [
      transform(appearance, (x, y) => [side - 1 - x, side - 1 - y]),
      /rotating it by 180 degrees/,
    ],
    'a chest turned counter-clockwise': [
      transform(appearance, (x, y) => [side - 1 - y, x]),
      /rotating it by 90 degrees clockwise/,
    ],
    'a chest turned clockwise': [
      transform(appearance, (x, y) => [y, side - 1 - x]),
      /rotating it by 90 degrees counter-clockwise/,
    ],
  }
  for (const [name, [frame, reason]] of Object.entries(mistaken)) {
    it(`returns the whole frame and names the mistake for ${name}`, function () {
      const region = locate(frame)
      expect(region.kind === 'whole-frame' && region.warning).to.match(reason)
    })
  }

  it("rejects a frame whose side differs from the atlas's", function () {
    const small = { side: 128, samples: new Float32Array(128 * 128) }
    expect(() => locate(small))
      .to.throw(/224, not 128/)
      .with.property('code', 'LUNGS_FRAME_SIDE')
  })
})
