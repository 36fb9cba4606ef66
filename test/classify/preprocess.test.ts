import { expect } from 'chai'
import { gaussianBlur } from '../../src/classify/gaussian.ts'
import type { InputSpec } from '../../src/classify/manifest.ts'
import { type CroppedLungs, toNetworkInput } from '../../src/classify/preprocess.ts'
import type { Box } from '../../src/pixels/radiograph.ts'
import { type SquareFrame, toSquareFrame } from '../../src/pixels/square-frame.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { expectCode } from './expect-code.ts'

const means: [number, number, number] = [103.939, 116.779, 123.68]

function spec(changes: Partial<InputSpec['preprocessing']> = {}, size = 32): InputSpec {
  return {
    inputSize: { width: size, height: size },
    normalisation: { channelOrder: 'BGR', means },
    preprocessing: {
      squareFrameSide: 64,
      gaussianSigma: 0,
      cropMargin: 0,
      outsideLungs: 'kept',
      contrast: 'displayed',
      ...changes,
    },
  }
}

function frame(value: (x: number, y: number) => number, side = 64): SquareFrame {
  return { side, samples: Float32Array.from({ length: side * side }, (_, i) => value(i % side, Math.floor(i / side))) }
}

const source = { width: 640, height: 320 }
const whole = { x: 0, y: 0, width: 640, height: 320 }

/** Lungs for tests in which only the box matters. */
function boxed(box: Box): CroppedLungs {
  return { box, outline: undefined }
}

describe('toNetworkInput', () => {
  it('returns three planes: the gray value minus the means of blue, green and red', () => {
    const input = toNetworkInput(
      frame(() => 100),
      boxed(whole),
      source,
      spec(),
    )
    expect(input).to.have.length(3 * 32 * 32)
    for (const [channel, mean] of means.entries()) expect(input[channel * 1024 + 77]).to.be.closeTo(100 - mean, 1e-4)
  })

  it('crops exactly the box, in source pixels per axis', () => {
    // A ramp over the frame; the box is its right half and lowest quarter.
    const box = { x: 320, y: 240, width: 320, height: 80 }
    const input = toNetworkInput(
      frame((x, y) => x + 100 * (y >= 48 ? 1 : 0)),
      boxed(box),
      source,
      spec(),
    )
    const value = (x: number, y: number) => input[y * 32 + x]! + means[0]
    // One output sample is one frame sample wide and half a frame sample high.
    expect(value(0, 16)).to.be.closeTo(132, 1e-4)
    expect(value(31, 16)).to.be.closeTo(163, 1e-4)
    expect(value(10, 31)).to.be.closeTo(142, 1e-4)
  })

  it('adds the margin on every side, within the image', () => {
    const ramp = frame((x) => x)
    const value = (margin: number, box: typeof whole) =>
      toNetworkInput(ramp, boxed(box), source, spec({ cropMargin: margin }))[0]! + means[0]
    const box = { x: 320, y: 0, width: 100, height: 320 }
    expect(value(0.5, box)).to.be.lessThan(value(0, box) - 4)
    expect(value(1, { ...box, x: 0 })).to.be.closeTo(0, 1e-4)
  })

  it('mirrors with its image', () => {
    const random = seededRandom(1)
    const original = frame(() => 255 * random())
    const mirrored = frame((x, y) => original.samples[y * 64 + 63 - x]!)
    const box = { x: 64, y: 32, width: 256, height: 200 }
    const options = spec({ gaussianSigma: 2 })
    const input = toNetworkInput(original, boxed(box), source, options)
    const other = toNetworkInput(mirrored, boxed({ ...box, x: 640 - 64 - 256 }), source, options)
    for (const [x, y] of [
      [0, 0],
      [5, 20],
      [31, 31],
    ] as const) {
      expect(other[y * 32 + 31 - x]).to.be.closeTo(input[y * 32 + x]!, 1e-3)
    }
  })

  it('changes by less than 2 gray levels with the image size after the low-pass', () => {
    const chest = (x: number, y: number) => 128 + 80 * Math.sin(9 * x) * Math.cos(7 * y) + 20 * Math.sin(40 * x * y)
    const radiograph = (width: number, height: number) => ({
      width,
      height,
      samples: Uint16Array.from(
        { length: width * height },
        (_, i) => 257 * chest(((i % width) + 0.5) / width, (Math.floor(i / width) + 0.5) / height),
      ),
    })
    const inputOf = (width: number, height: number) => {
      const image = radiograph(width, height)
      const box = { x: 0.2 * width, y: 0.1 * height, width: 0.6 * width, height: 0.7 * height }
      return toNetworkInput(toSquareFrame(image, 64), boxed(box), image, spec({ gaussianSigma: 2 }))
    }
    const small = inputOf(64, 64)
    for (const [width, height] of [
      [700, 500],
      [2000, 1500],
    ] as const) {
      const large = inputOf(width, height)
      const worst = small.reduce((top, value, i) => Math.max(top, Math.abs(value - large[i]!)), 0)
      expect(worst).to.be.lessThan(2)
    }
  })

  describe('with an outline of the lungs', () => {
    const outline = [
      [0.25, 0.25],
      [0.75, 0.25],
      [0.75, 0.75],
      [0.25, 0.75],
    ] as const
    // Inside: a ramp from 80 to 120. Outside: a marker of maximum brightness.
    const inside = (x: number, y: number) => x >= 16 && x < 48 && y >= 16 && y < 48
    const marked = (marker: number) => frame((x, y) => (inside(x, y) ? 80 + (40 * (x - 16)) / 31 : marker))
    const valuesOf = (image: SquareFrame, changes: Partial<InputSpec['preprocessing']>) =>
      toNetworkInput(image, { box: whole, outline }, source, spec(changes, 64)).map((value) => value + means[0])

    it('fills the outside with the mean of the inside, whatever the outside shows', () => {
      const values = valuesOf(marked(100), { outsideLungs: 'filled' })
      for (const corner of [0, 63, 63 * 64, 64 * 64 - 1]) expect(values[corner]).to.be.closeTo(100, 0.5)
      expect(values[32 * 64 + 20]).to.be.closeTo(80 + (40 * 4) / 31, 0.5)
      const other = valuesOf(marked(255), { outsideLungs: 'filled' })
      expect(other[0]).to.be.closeTo(other[63]!, 0.01)
    })

    it('keeps the outside if the manifest says "kept"', () => {
      expect(valuesOf(marked(255), {})[0]).to.be.closeTo(255, 0.01)
    })

    it('gives the same result for any contrast if the manifest says "standardised"', () => {
      const image = frame((x, y) => 100 + 30 * Math.sin(x / 3) * Math.cos(y / 4))
      const faint = { ...image, samples: image.samples.map((value) => 40 + 0.3 * value) }
      const one = valuesOf(image, { contrast: 'standardised' })
      const other = valuesOf(faint, { contrast: 'standardised' })
      for (const i of [0, 2080, 3000]) expect(other[i]).to.be.closeTo(one[i]!, 0.01)
    })
  })

  it('rejects a box outside the image', () => {
    const outside = { x: 700, y: 0, width: 50, height: 50 }
    expectCode(
      () =>
        toNetworkInput(
          frame(() => 0),
          boxed(outside),
          source,
          spec(),
        ),
      'CLASSIFY_BOX_OUTSIDE_IMAGE',
    )
  })
})

describe('gaussianBlur', () => {
  const side = 41

  it('turns a point into a Gaussian of the given sigma', () => {
    const point = new Float32Array(side * side)
    point[20 * side + 20] = 1000
    const blurred = gaussianBlur(point, side, 2)
    let sum = 0
    let spread = 0
    for (const [i, value] of blurred.entries()) {
      sum += value
      spread += value * ((i % side) - 20) ** 2
    }
    expect(sum).to.be.closeTo(1000, 0.1)
    // The kernel is cut at three sigmas, which takes 1-3 % off its variance.
    expect(Math.sqrt(spread / sum)).to.be.closeTo(2, 0.04)
    expect(blurred[20 * side + 23]).to.be.closeTo(blurred[23 * side + 20]!, 1e-3)
  })

  it('keeps a uniform image uniform up to its edges, and copies it for sigma 0', () => {
    const even = new Float32Array(side * side).fill(77)
    for (const value of gaussianBlur(even, side, 3)) expect(value).to.be.closeTo(77, 1e-3)
    const copy = gaussianBlur(even, side, 0)
    expect(copy).to.deep.equal(even)
    expect(copy).not.to.equal(even)
  })
})
