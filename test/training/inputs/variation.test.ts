import { expect } from 'chai'
import { insideOf } from '../../../src/classify/lung-hull.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import {
  type Variation,
  drawVariation,
  varyBox,
  varyFrame,
  varyImage,
  varyLungs,
} from '../../../src/training/inputs/variation.ts'

const still: Variation = {
  width: 60,
  height: 40,
  kernel: 'cubic',
  blurSigma: 0,
  sharpenSigma: 0,
  jpegQuality: 98,
  gamma: 1,
  gain: 1,
  shift: 0,
  mirrored: false,
  rotationDegrees: 0,
  boxShift: { x: 0, y: 0 },
  boxGrowth: { x: 0, y: 0 },
}

const ramp = {
  width: 60,
  height: 40,
  samples: Uint16Array.from({ length: 2400 }, (_, i) => 257 * (4 * (i % 60))),
}

describe('variation of training images', () => {
  it('is the same for the same seed and stays within its bounds', () => {
    for (let seed = 0; seed < 200; seed++) {
      const variation = drawVariation({ width: 700, height: 500 }, seededRandom(seed))
      expect(drawVariation({ width: 700, height: 500 }, seededRandom(seed))).to.deep.equal(variation)
      expect(variation.width).to.be.within(64, 1600)
      expect(variation.jpegQuality).to.be.within(50, 98)
      const box = varyBox({ x: 0.02, y: 0.02, width: 0.9, height: 0.9 }, variation)
      expect(box.x).to.be.at.least(0)
      expect(box.x + box.width).to.be.at.most(1 + 1e-12)
      expect(box.y + box.height).to.be.at.most(1 + 1e-12)
    }
  })

  it('changes an image by at most 4 of 255 gray levels if nothing is varied', async () => {
    const { width, height, samples } = await varyImage(ramp, still)
    expect([width, height]).to.deep.equal([60, 40])
    const worst = samples.reduce((top, value, i) => Math.max(top, Math.abs(value - ramp.samples[i]!)), 0)
    expect(worst).to.be.at.most(4 * 257)
  })

  it('changes size, window and gamma as drawn', async () => {
    const { width, samples } = await varyImage(ramp, { ...still, width: 30, gamma: 2, gain: 2 })
    expect(width).to.equal(30)
    const value = (x: number) => samples[20 * 30 + x]! / 65535
    const expected = (x: number) => Math.min(1, Math.max(0, ((4 * (2 * x + 0.5)) / 255) ** 2 * 2 - 0.5))
    for (const x of [5, 15, 20, 25]) expect(value(x)).to.be.closeTo(expected(x), 0.04)
  })

  it('mirrors box and frame together', () => {
    const frame = { side: 4, samples: Float32Array.from({ length: 16 }, (_, i) => i) }
    const mirrored = varyFrame(frame, { ...still, mirrored: true })
    expect([...mirrored.samples.subarray(0, 4)].map(Math.round)).to.deep.equal([3, 2, 1, 0])
    const box = varyBox({ x: 0.1, y: 0.2, width: 0.3, height: 0.4 }, { ...still, mirrored: true })
    expect(box.x).to.be.closeTo(0.6, 1e-12)
    expect(box).to.include({ y: 0.2, width: 0.3, height: 0.4 })
  })

  it('rotates the frame counter-clockwise about its centre', () => {
    const frame = { side: 9, samples: new Float32Array(81) }
    frame.samples[4 * 9 + 8] = 100
    const turned = varyFrame(frame, { ...still, rotationDegrees: 90 }).samples
    // The right edge moves to the top, because rows are counted downward.
    expect(Math.round(turned[0 * 9 + 4]!)).to.equal(100)
  })

  it('mirrors and rotates the outline of the lungs with the frame', () => {
    const side = 120
    const outline = [
      [0.15, 0.3],
      [0.4, 0.2],
      [0.45, 0.7],
      [0.2, 0.75],
    ] as const
    // The inside of the outline is bright, so the bright part of the varied frame must match the varied outline.
    const frame = { side, samples: insideOf(outline, side) }
    for (const change of [
      { mirrored: true, rotationDegrees: 0 },
      { mirrored: false, rotationDegrees: 20 },
      { mirrored: true, rotationDegrees: -12 },
    ]) {
      const variation = { ...still, ...change }
      const box = { x: 0.15, y: 0.2, width: 0.3, height: 0.55 }
      const expected = insideOf(varyLungs({ box, outline }, variation).outline!, side)
      const { samples } = varyFrame(frame, variation)
      const apart = samples.reduce((sum, value, index) => sum + Math.abs(value - expected[index]!), 0)
      const area = expected.reduce((sum, value) => sum + value, 0)
      expect(apart / area, JSON.stringify(change)).to.be.below(0.05)
    }
  })
})
