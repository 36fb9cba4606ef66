import { expect } from 'chai'
import fc from 'fast-check'
import { gaussianBlur } from '../../src/classify/gaussian.ts'
import { lungHull } from '../../src/classify/lung-hull.ts'
import type { InputSpec } from '../../src/classify/manifest.ts'
import { toNetworkInput } from '../../src/classify/preprocess.ts'
import type { LungMask } from '../../src/lungs/lung-region.ts'
import type { ImageSize } from '../../src/pixels/area-average.ts'
import { boxesIn, unequalSides } from '../pixels/arbitrary-images.ts'
import { drawnValues, moves } from '../pixels/moved-images.ts'

const side = 16
const square: ImageSize = { width: side, height: side }
const means: [number, number, number] = [103.939, 116.779, 123.68]

function spec(inputSize: ImageSize, changes: Partial<InputSpec['preprocessing']>): InputSpec {
  return {
    inputSize,
    normalisation: { channelOrder: 'BGR', means },
    preprocessing: {
      squareFrameSide: side,
      gaussianSigma: 0,
      cropMargin: 0,
      outsideLungs: 'kept',
      contrast: 'displayed',
      ...changes,
    },
  }
}

const frames = fc
  .array(fc.integer({ min: 0, max: 255 }), { minLength: side * side, maxLength: side * side })
  .map((values) => ({ side, samples: Float32Array.from(values) }))

const sources = unequalSides(900).chain((source) => fc.record({ source: fc.constant(source), box: boxesIn(source) }))

/** Weight of a sample for a value between samples, of linear interpolation. */
const tent = (sample: number, place: number) => Math.max(0, 1 - Math.abs(sample - place))

/**
 * Where the samples between two edges of a frame are read, both as shares of it. Beyond its outer samples it repeats.
 */
const placesBetween = (from: number, to: number, count: number) =>
  Array.from({ length: count }, (_, index) =>
    Math.min(Math.max((from + ((to - from) * (index + 0.5)) / count) * side - 0.5, 0), side - 1),
  )

describe('the network input of any box', () => {
  it('is the box with its margin on each side, clipped to the image, minus the mean of each channel', () => {
    fc.assert(
      fc.property(
        frames,
        sources,
        fc.double({ min: 0, max: 1, noNaN: true }),
        unequalSides(9),
        (frame, { source, box }, cropMargin, inputSize) => {
          const [left, right] = [box.x - cropMargin * box.width, box.x + box.width + cropMargin * box.width]
          const [top, bottom] = [box.y - cropMargin * box.height, box.y + box.height + cropMargin * box.height]
          const columns = placesBetween(
            Math.max(left, 0) / source.width,
            Math.min(right, source.width) / source.width,
            inputSize.width,
          )
          const rows = placesBetween(
            Math.max(top, 0) / source.height,
            Math.min(bottom, source.height) / source.height,
            inputSize.height,
          )
          const expected = drawnValues(inputSize, (x, y) =>
            frame.samples.reduce(
              (sum, gray, index) =>
                sum + gray * tent(index % side, columns[x]!) * tent(Math.floor(index / side), rows[y]!),
              0,
            ),
          )
          const input = toNetworkInput(frame, { box, outline: undefined }, source, spec(inputSize, { cropMargin }))
          expect(input.length).to.equal(3 * expected.length)
          for (const [index, value] of input.entries()) {
            const channel = Math.floor(index / expected.length)
            expect(value, `value ${index}`).to.be.closeTo(expected[index % expected.length]! - means[channel]!, 0.01)
          }
        },
      ),
    )
  })

  const lungs: fc.Arbitrary<LungMask> = fc
    .array(fc.constantFrom(0, 0, 0, 1, 2), { minLength: side * side, maxLength: side * side })
    .map((samples) => ({ side, samples: Uint8Array.from(samples) }))

  it('is mirrored, turned over and transposed with the image, its lungs and its box', () => {
    fc.assert(
      fc.property(
        fc.record({ frame: frames, mask: lungs, place: sources, inputSize: unequalSides(9) }),
        fc.record({
          gaussianSigma: fc.constantFrom(0, 1, 2.3),
          cropMargin: fc.constantFrom(0, 0.07),
          outsideLungs: fc.constantFrom('kept', 'filled'),
          contrast: fc.constantFrom('displayed', 'standardised'),
        }),
        fc.constantFrom(...moves),
        ({ frame, mask, place: { source, box }, inputSize }, preprocessing, move) => {
          // The outline is drawn row by row, which smooths a slanted edge along rows only.
          const outlineOf = (lungs: LungMask) => (move.name === 'transposed' ? undefined : lungHull(lungs))
          const input = toNetworkInput(frame, { box, outline: outlineOf(mask) }, source, spec(inputSize, preprocessing))
          const movedMask = { side, samples: Uint8Array.from(move.values(mask.samples, square)) }
          const moved = toNetworkInput(
            { side, samples: Float32Array.from(move.values(frame.samples, square)) },
            { box: move.box(box, source), outline: outlineOf(movedMask) },
            move.size(source),
            spec(move.size(inputSize), preprocessing),
          )
          const planeLength = inputSize.width * inputSize.height
          const expected = move.values(input.subarray(0, planeLength), inputSize)
          for (const [index, value] of expected.entries()) {
            expect(moved[index], `value ${index}, ${move.name}`).to.be.closeTo(value, 0.02)
          }
        },
      ),
    )
  })

  it('does not depend on the image 10 samples beyond the lungs if the outside is filled', () => {
    const large = { width: 48, height: 48 }
    const grays = fc.array(fc.integer({ min: 0, max: 255 }), { minLength: 48 * 48, maxLength: 48 * 48 })
    fc.assert(
      fc.property(
        fc.record({ one: grays, other: grays, lung: boxesIn(large), place: sources }),
        fc.constantFrom('displayed' as const, 'standardised' as const),
        ({ one, other, lung, place: { source, box } }, contrast) => {
          const isBeyond = (x: number, y: number, by: number) =>
            x < lung.x - by || x >= lung.x + lung.width + by || y < lung.y - by || y >= lung.y + lung.height + by
          const mask = drawnValues(large, (x, y) => (isBeyond(x, y, 0) ? 0 : 1))
          const outline = lungHull({ side: 48, samples: Uint8Array.from(mask) })
          const inputOf = (outside: readonly number[]) => {
            const samples = drawnValues(large, (x, y) => (isBeyond(x, y, 10) ? outside : one)[y * 48 + x]!)
            const seen = spec({ width: 8, height: 5 }, { outsideLungs: 'filled', contrast })
            return toNetworkInput({ side: 48, samples: Float32Array.from(samples) }, { box, outline }, source, seen)
          }
          const changed = inputOf(other)
          for (const [index, value] of inputOf(one).entries()) {
            expect(changed[index], `value ${index}`).to.be.closeTo(value, 0.01)
          }
        },
      ),
      { numRuns: 30 },
    )
  })

  it('takes a convex hull that contains every lung sample, with corners of lung samples only', () => {
    fc.assert(
      fc.property(
        lungs.filter(({ samples }) => samples.some((lung) => lung !== 0)),
        (mask) => {
          const hull = lungHull(mask)!
          const corners = Array.from(mask.samples).flatMap((lung, index) => {
            if (lung === 0) return []
            const [x, y] = [index % side, Math.floor(index / side)]
            return [0, 1].flatMap((right) => [0, 1].map((below) => [(x + right) / side, (y + below) / side] as const))
          })
          for (const [index, [x1, y1]] of hull.entries()) {
            const [x2, y2] = hull[(index + 1) % hull.length]!
            expect(corners, 'a corner of the hull').to.deep.include([x1, y1])
            const turns = corners.map(([x, y]) => (x2 - x1) * (y - y1) - (y2 - y1) * (x - x1))
            expect(turns.every((turn) => turn <= 1e-12) || turns.every((turn) => turn >= -1e-12), 'inside').to.equal(
              true,
            )
          }
        },
      ),
    )
  })
})

describe('the low-pass of any frame', () => {
  it('is the weighted mean of all samples around each, with repeated edges', () => {
    fc.assert(
      fc.property(frames, fc.double({ min: 0.3, max: 3, noNaN: true }), ({ samples }, sigma) => {
        const radius = Math.ceil(3 * sigma)
        const around = drawnValues({ width: 2 * radius + 1, height: 2 * radius + 1 }, (x, y) => {
          const [dx, dy] = [x - radius, y - radius]
          return Math.exp(-(dx ** 2 + dy ** 2) / (2 * sigma ** 2))
        })
        const total = around.reduce((sum, weight) => sum + weight, 0)
        const inside = (place: number) => Math.min(Math.max(place, 0), side - 1)
        const blurred = gaussianBlur(samples, side, sigma)
        // Corners, edges and the middle; all samples would take seconds.
        for (const [x, y] of [
          [0, 0],
          [side - 1, 0],
          [0, side - 1],
          [side - 1, side - 1],
          [side - 1, 6],
          [9, 7],
        ] as const) {
          const mean = around.reduce((sum, weight, index) => {
            const column = inside(x + (index % (2 * radius + 1)) - radius)
            const row = inside(y + Math.floor(index / (2 * radius + 1)) - radius)
            return sum + (weight / total) * samples[row * side + column]!
          }, 0)
          expect(blurred[y * side + x], `${x}, ${y}`).to.be.closeTo(mean, 0.01)
        }
      }),
    )
  })
})
