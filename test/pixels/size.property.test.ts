import { expect } from 'chai'
import fc from 'fast-check'
import { type ImageSize, areaSums, fitted } from '../../src/pixels/area-average.ts'
import { toPreview } from '../../src/pixels/preview.ts'
import type { Radiograph } from '../../src/pixels/radiograph.ts'
import { toSquareFrame } from '../../src/pixels/square-frame.ts'
import { unequalSides } from './arbitrary-images.ts'
import { drawnValues, moves } from './moved-images.ts'

const white = 65535

const radiographs: fc.Arbitrary<Radiograph> = unequalSides(11).chain(({ width, height }) =>
  fc
    .uint16Array({ minLength: width * height, maxLength: width * height })
    .map((samples) => ({ width, height, samples: Uint16Array.from(samples) })),
)

/**
 * The mean under every output sample, in a way that is easy to check: each pixel is repeated until an output sample
 * covers whole pixels.
 */
function meansByRepeating({ width, height, samples }: Radiograph, out: ImageSize): number[] {
  return drawnValues(out, (outX, outY) => {
    const covered = drawnValues({ width, height }, (x, y) => {
      const [column, row] = [outX * width + x, outY * height + y]
      return samples[Math.floor(row / out.height) * width + Math.floor(column / out.width)]!
    })
    return covered.reduce((sum, value) => sum + value, 0) / covered.length
  })
}

function meansByAreaSums(radiograph: Radiograph, out: ImageSize): number[] {
  const pixelsPerSample = (radiograph.width / out.width) * (radiograph.height / out.height)
  const means: number[] = []
  areaSums(radiograph.samples, radiograph, out, (sums) =>
    means.push(...Array.from(sums, (sum) => sum / pixelsPerSample)),
  )
  return means
}

const meanOf = (values: ArrayLike<number>) => Array.from(values).reduce((sum, value) => sum + value, 0) / values.length

function expectClose(found: ArrayLike<number>, expected: readonly number[], tolerance: number): void {
  expect(found.length, 'samples').to.equal(expected.length)
  for (const [index, value] of expected.entries())
    expect(found[index], `sample ${index}`).to.be.closeTo(value, tolerance)
}

/** The sums are float32: seven digits of at most 65535. */
const rounding = 0.05

describe('any radiograph in another size', () => {
  it('has the mean of the covered pixels in every sample, and the mean of the image', () => {
    fc.assert(
      fc.property(radiographs, unequalSides(9), (radiograph, out) => {
        const means = meansByAreaSums(radiograph, out)
        expectClose(means, meansByRepeating(radiograph, out), rounding)
        expect(meanOf(means)).to.be.closeTo(meanOf(radiograph.samples), rounding)
      }),
    )
  })

  it('is mirrored, turned over and transposed with the image', () => {
    fc.assert(
      fc.property(radiographs, unequalSides(9), fc.constantFrom(...moves), (radiograph, out, move) => {
        const moved = {
          ...move.size(radiograph),
          samples: Uint16Array.from(move.values(radiograph.samples, radiograph)),
        }
        const expected = move.values(meansByAreaSums(radiograph, out), out)
        expectClose(meansByAreaSums(moved, move.size(out)), expected, rounding)
      }),
    )
  })

  it('fills the square frame from 0 to 255, without losing a side', () => {
    fc.assert(
      fc.property(radiographs, fc.integer({ min: 1, max: 9 }), (radiograph, side) => {
        const expected = meansByRepeating(radiograph, { width: side, height: side })
        expectClose(
          toSquareFrame(radiograph, side).samples,
          expected.map((mean) => (mean / white) * 255),
          rounding,
        )
      }),
    )
  })

  it('fits a preview of the long side, never enlarged, with the same proportions', () => {
    fc.assert(
      fc.property(radiographs, fc.integer({ min: 1, max: 12 }), (radiograph, longSide) => {
        const { width, height, reduced } = toPreview(radiograph, longSide)
        expect({ width, height }).to.deep.equal({ width: radiograph.width, height: radiograph.height })
        const kept = Math.max(width, height) <= longSide
        const size = kept ? { width, height } : fitted({ width, height }, longSide)
        expect({ width: reduced.width, height: reduced.height }).to.deep.equal(size)
        const expected = meansByRepeating(radiograph, size).map((mean) => (mean / white) * 255)
        // Rounded to whole grays.
        expectClose(reduced.samples, expected, 0.501)
      }),
    )
  })

  it('has the requested long side, and a short side within half a pixel of the proportion', () => {
    fc.assert(
      fc.property(unequalSides(5000), fc.integer({ min: 1, max: 3000 }), (size, longSide) => {
        const out = fitted(size, longSide)
        expect(Math.max(out.width, out.height)).to.equal(longSide)
        const scale = longSide / Math.max(size.width, size.height)
        for (const side of ['width', 'height'] as const) {
          expect(out[side]).to.be.at.least(1)
          if (size[side] * scale >= 0.5) expect(out[side]).to.be.closeTo(size[side] * scale, 0.5)
        }
      }),
    )
  })
})
