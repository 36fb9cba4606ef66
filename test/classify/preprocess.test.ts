import { expect } from 'chai'
import { gaussianBlur } from '../../src/classify/gaussian.ts'
import type { LungHull } from '../../src/classify/lung-hull.ts'
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

/** Lungs in the middle of the image. */
const middle: LungHull = [
  [0.25, 0.25],
  [0.75, 0.25],
  [0.75, 0.75],
  [0.25, 0.75],
]

/** Whether a sample may count as inside `middle`, whose edge is soft. */
function nearMiddle(x: number, y: number): boolean {
  return Math.min(x, y) >= 3 && Math.max(x, y) < 61
}

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

  describe('with a margin', () => {
    /** The edges of the crop in source pixels, from the first and last sample of a ramp per axis. */
    const cropped = (box: Box, cropMargin: number) => {
      const edges = (ramp: SquareFrame, last: number, pixels: number) => {
        const input = toNetworkInput(ramp, boxed(box), source, spec({ cropMargin }))
        const [start, end] = [input[0]! + means[0], input[last]! + means[0]]
        const half = (end - start) / 31 / 2
        return [start - half + 0.5, end + half + 0.5].map((edge) => (edge * pixels) / 64)
      }
      const [left, right] = edges(
        frame((x) => x),
        31,
        source.width,
      )
      const [top, bottom] = edges(
        frame((_, y) => y),
        31 * 32,
        source.height,
      )
      return { left: left!, top: top!, right: right!, bottom: bottom! }
    }

    for (const [title, box, margin, edges] of [
      [
        'adds its share of the width at left and right, and of the height at top and bottom',
        { x: 201, y: 101, width: 150, height: 90 },
        0.15,
        { left: 178.5, top: 87.5, right: 373.5, bottom: 204.5 },
      ],
      [
        'ends at the left and upper edge of the image',
        { x: 32, y: 16, width: 448, height: 224 },
        0.2,
        { left: 0, top: 0, right: 569.6, bottom: 284.8 },
      ],
      [
        'ends at the right and lower edge of the image',
        { x: 128, y: 64, width: 448, height: 224 },
        0.2,
        { left: 38.4, top: 19.2, right: 640, bottom: 320 },
      ],
    ] as const) {
      it(title, () => {
        const seen = cropped(box, margin)
        for (const side of ['left', 'top', 'right', 'bottom'] as const) {
          expect(seen[side], side).to.be.closeTo(edges[side], 1e-3)
        }
      })
    }
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
    // A ramp around 100, and a marker at the border of the image.
    const ramp = (x: number) => 100 + x - 31.5
    const marked = (marker: number) => frame((x, y) => (nearMiddle(x, y) ? ramp(x) : marker))
    const valuesOf = (image: SquareFrame, changes: Partial<InputSpec['preprocessing']>) =>
      toNetworkInput(image, { box: whole, outline: middle }, source, spec(changes, 64)).map((value) => value + means[0])

    for (const marker of [0, 255]) {
      it(`fills the outside with the mean of the inside, whatever the outside shows: ${marker}`, () => {
        const values = valuesOf(marked(marker), { outsideLungs: 'filled' })
        for (const corner of [0, 63, 63 * 64, 64 * 64 - 1]) expect(values[corner]).to.be.closeTo(100, 0.01)
        for (const x of [20, 44]) expect(values[32 * 64 + x]).to.be.closeTo(ramp(x), 0.01)
      })

      it(`keeps the outside if the manifest says "kept": ${marker}`, () => {
        const values = valuesOf(marked(marker), {})
        for (const corner of [0, 63, 63 * 64, 64 * 64 - 1]) expect(values[corner]).to.be.closeTo(marker, 0.01)
      })

      it(`stretches a kept outside with the contrast of the lungs: ${marker}`, () => {
        const values = valuesOf(marked(marker), { contrast: 'standardised' })
        const [left, right] = [values[32 * 64 + 20]!, values[32 * 64 + 44]!]
        const gain = (right - left) / (ramp(44) - ramp(20))
        expect(gain).to.be.greaterThan(2)
        expect(values[0]).to.be.closeTo(left + gain * (marker - ramp(20)), 0.01)
      })
    }

    it('gives the same result for any contrast if the manifest says "standardised"', () => {
      const image = frame((x, y) => 100 + 30 * Math.sin(x / 3) * Math.cos(y / 4))
      const faint = { ...image, samples: image.samples.map((value) => 40 + 0.3 * value) }
      const one = valuesOf(image, { contrast: 'standardised' })
      const other = valuesOf(faint, { contrast: 'standardised' })
      for (const i of [0, 2080, 3000]) expect(other[i]).to.be.closeTo(one[i]!, 0.01)
    })
  })

  for (const [side, outside] of [
    ['left', { x: -60, y: 0, width: 50, height: 50 }],
    ['right', { x: 700, y: 0, width: 50, height: 50 }],
    ['above', { x: 0, y: -60, width: 50, height: 50 }],
    ['below', { x: 0, y: 330, width: 50, height: 50 }],
  ] as const) {
    it(`rejects a box outside the image: ${side}`, () => {
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
  }

  describe('with standardised contrast', () => {
    const standardised = (image: SquareFrame, outline?: LungHull, outsideLungs: 'kept' | 'filled' = 'kept') =>
      toNetworkInput(
        image,
        { box: whole, outline },
        source,
        spec({ contrast: 'standardised', outsideLungs }, 64),
      ).subarray(0, 64 * 64)
    const momentsOf = (values: Float32Array) => {
      const mean = values.reduce((sum, value) => sum + value, 0) / values.length
      const squares = values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / values.length
      return { mean: mean + means[0], deviation: Math.sqrt(squares) }
    }

    for (const [title, outline] of [
      ['found lungs', middle],
      ['a whole image', undefined],
    ] as const) {
      it(`gives the mean gray 118 everywhere if all pixels are equal, at any brightness: ${title}`, () => {
        for (let gray = 0; gray <= 255; gray += 12.75) {
          const values = standardised(
            frame(() => gray),
            outline,
            'filled',
          )
          const farthest = values.reduce((top, value) => Math.max(top, Math.abs(value + means[0] - 118)), 0)
          expect(farthest, `gray ${gray}`).to.be.lessThan(0.01)
        }
      })
    }

    it('gives mean 118 and deviation 45 over the whole image if no lungs were located', () => {
      for (const contrast of [1.5, 5, 60]) {
        const { mean, deviation } = momentsOf(standardised(frame((x, y) => 120 + contrast * Math.sin(x * 3 + y * y))))
        expect(mean, `contrast ${contrast}`).to.be.closeTo(118, 0.01)
        expect(deviation, `contrast ${contrast}`).to.be.closeTo(45, 0.01)
      }
    })

    it('does not amplify noise of less than one gray level beyond 45 times', () => {
      const { deviation } = momentsOf(standardised(frame((x) => (x % 2 === 0 ? 99.9 : 100.1))))
      expect(deviation).to.be.closeTo(4.5, 0.01)
    })

    it('takes mean and deviation from the lungs only, whatever lies outside', () => {
      const marked = (marker: number) => frame((x, y) => (nearMiddle(x, y) ? 100 + 30 * Math.sin(x + y * y) : marker))
      const [dark, bright] = [standardised(marked(0), middle), standardised(marked(255), middle)]
      for (let y = 3; y < 61; y++) {
        expect(bright.subarray(y * 64 + 3, y * 64 + 61)).to.deep.equal(dark.subarray(y * 64 + 3, y * 64 + 61))
      }
      const lungs = Array.from({ length: 32 }, (_, y) => [...dark.subarray((y + 16) * 64 + 16, (y + 16) * 64 + 48)])
      const { mean, deviation } = momentsOf(Float32Array.from(lungs.flat()))
      expect(mean).to.be.closeTo(118, 3)
      expect(deviation).to.be.closeTo(45, 3)
    })
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
