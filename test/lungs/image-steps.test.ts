import { expect } from 'chai'
import { equalize } from '../../src/lungs/equalize.ts'
import { boundsOf, boxAround, boxIou, toSourceBox } from '../../src/lungs/lung-box.ts'
import type { LungMask } from '../../src/lungs/lung-region.ts'
import { type Plane, reduceByMean, resizeBilinear } from '../../src/lungs/plane.ts'
import { profileSimilarity, profilesOf } from '../../src/lungs/profiles.ts'

function mask(...rows: string[]): LungMask {
  return { side: rows.length, samples: Uint8Array.from(rows.join(''), (cell) => (cell === '#' ? 1 : 0)) }
}

describe('equalize', function () {
  const ramp: Plane = { side: 16, samples: Float32Array.from({ length: 256 }, (_, i) => i) }

  it('is invariant to monotonic changes of the gray levels', function () {
    const dark = { side: 16, samples: ramp.samples.map((value) => Math.floor(20 + value / 3)) }
    const a = equalize(ramp).samples
    const b = equalize(dark).samples
    for (let i = 1; i < 256; i++) expect(a[i]!).to.be.closeTo(b[i]!, 2)
  })

  it('spreads a narrow range over the full range', function () {
    const narrow = { side: 16, samples: ramp.samples.map((value) => 100 + Math.floor(value / 16)) }
    const { samples } = equalize(narrow)
    expect(Math.min(...samples)).to.be.below(10)
    expect(Math.max(...samples)).to.be.above(245)
  })

  it('keeps black borders black and does not count them', function () {
    const samples = Float32Array.from({ length: 256 }, (_, i) => (i < 128 ? 0 : i))
    const equalized = equalize({ side: 16, samples }).samples
    expect(equalized[0]).to.equal(0)
    expect(equalized[192]!).to.be.closeTo(127, 3)
  })
})

describe('profiles', function () {
  const spot = (at: number): Plane => ({
    side: 8,
    samples: Float32Array.from({ length: 64 }, (_, i) => (i % 8 === at ? 9 : 1)),
  })

  it('have a similarity of 1 to themselves and a lower one to moved content', function () {
    expect(profileSimilarity(profilesOf(spot(2)), profilesOf(spot(2)))).to.be.closeTo(1, 1e-9)
    expect(profileSimilarity(profilesOf(spot(2)), profilesOf(spot(5)))).to.be.below(0.97)
  })

  it('have a similarity of 0 if one image is black', function () {
    const black = { side: 8, samples: new Float32Array(64) }
    expect(profileSimilarity(profilesOf(black), profilesOf(spot(2)))).to.equal(0)
  })
})

describe('lung box', function () {
  it('encloses the mask exactly', function () {
    expect(boundsOf(mask('....', '.##.', '..#.', '....'))).to.deep.equal({ x: 1, y: 1, width: 2, height: 2 })
  })

  it('is scaled to the source per axis with a margin and stays inside', function () {
    const box = toSourceBox({ x: 0, y: 50, width: 100, height: 50 }, 100, { width: 2000, height: 1000 })
    expect(box).to.deep.equal({ x: 0, y: 495, width: 2000, height: 505 })
  })

  it('has the margin on all four sides, in whole pixels outwards', function () {
    const box = toSourceBox({ x: 31, y: 12, width: 20, height: 43 }, 100, { width: 1237, height: 911 })
    // From 377.285 to 637.055 and from 104.765 to 505.605.
    expect(box).to.deep.equal({ x: 377, y: 104, width: 261, height: 402 })
  })

  it('is clipped at each side of the image alone', function () {
    const source = { width: 400, height: 200 }
    const boxOf = (x: number, y: number) => toSourceBox({ x, y, width: 50, height: 50 }, 100, source)
    expect(boxOf(0, 20)).to.deep.equal({ x: 0, y: 39, width: 202, height: 102 })
    expect(boxOf(50, 20)).to.deep.equal({ x: 198, y: 39, width: 202, height: 102 })
    expect(boxOf(20, 0)).to.deep.equal({ x: 78, y: 0, width: 204, height: 101 })
    expect(boxOf(20, 50)).to.deep.equal({ x: 78, y: 99, width: 204, height: 101 })
  })

  it('encloses two boxes and shares an area with another, also if they differ in size and position', function () {
    const [a, b] = [
      { x: 2, y: 10, width: 8, height: 4 },
      { x: 6, y: 3, width: 10, height: 9 },
    ]
    for (const [one, other] of [
      [a, b],
      [b, a],
    ] as const) {
      expect(boxAround(one, other)).to.deep.equal({ x: 2, y: 3, width: 14, height: 11 })
      expect(boxIou(one, other)).to.be.closeTo(8 / 114, 1e-12)
    }
    const inside = { x: 3, y: 11, width: 2, height: 1 }
    expect(boxAround(a, inside)).to.deep.equal(a)
    expect(boxIou(a, inside)).to.be.closeTo(2 / 32, 1e-12)
    expect(boxIou(a, { ...a, x: 40 })).to.equal(0)
  })
})

describe('planes', function () {
  const ramp: Plane = { side: 8, samples: Float32Array.from({ length: 64 }, (_, i) => i % 8) }

  it('are reduced by the mean of blocks', function () {
    expect([...reduceByMean(ramp, 4).samples]).to.deep.equal([1.5, 5.5, 1.5, 5.5])
  })

  it('keep positions when resized', function () {
    const { samples } = resizeBilinear(ramp, 16)
    expect([...samples.subarray(0, 5)]).to.deep.equal([0, 0.25, 0.75, 1.25, 1.75])
  })
})
