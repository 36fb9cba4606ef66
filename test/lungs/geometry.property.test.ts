import { expect } from 'chai'
import fc from 'fast-check'
import { fillHoles } from '../../src/lungs/connected-components.ts'
import { boundsOf, boxAround, boxIou, toSourceBox } from '../../src/lungs/lung-box.ts'
import { separateLungs } from '../../src/lungs/lung-components.ts'
import { leftLung, rightLung } from '../../src/lungs/lung-region.ts'
import { mistakes } from '../../src/lungs/mistaken-frame.ts'
import { type Plane, reduceByMean, resizeBilinear } from '../../src/lungs/plane.ts'
import type { ImageSize } from '../../src/pixels/area-average.ts'
import type { Box } from '../../src/pixels/radiograph.ts'
import { toSquareFrame } from '../../src/pixels/square-frame.ts'
import { boxesIn, unequalSides } from '../pixels/arbitrary-images.ts'
import { drawnValues, moves } from '../pixels/moved-images.ts'

const isIn = ({ x, y, width, height }: Box, column: number, row: number) =>
  column >= x && column < x + width && row >= y && row < y + height

const square = (side: number): ImageSize => ({ width: side, height: side })

const masks = (side: number) =>
  fc
    .array(fc.constantFrom(0, 0, 1), { minLength: side * side, maxLength: side * side })
    .map((samples) => ({ side, samples: Uint8Array.from(samples) }))

const edgesOf = ({ x, y, width, height }: Box) => ({ left: x, top: y, right: x + width, bottom: y + height })

describe('the box of any lungs', () => {
  it('reaches from the first to the last lung sample on each side', () => {
    fc.assert(
      fc.property(masks(9), (mask) => {
        const places = Array.from(mask.samples).flatMap((lung, index) =>
          lung === 0 ? [] : [{ x: index % 9, y: Math.floor(index / 9) }],
        )
        const bounds = boundsOf(mask)
        if (places.length === 0) {
          expect(bounds).to.equal(undefined)
          return
        }
        const [xs, ys] = [places.map(({ x }) => x), places.map(({ y }) => y)]
        expect(edgesOf(bounds!)).to.deep.equal({
          left: Math.min(...xs),
          top: Math.min(...ys),
          right: Math.max(...xs) + 1,
          bottom: Math.max(...ys) + 1,
        })
      }),
    )
  })

  const side = 32
  const placed = unequalSides(900).chain((source) =>
    fc.record({ source: fc.constant(source), bounds: boxesIn(square(side)) }),
  )

  it('has its margin on each side of the source image, in whole pixels outwards, and stays inside', () => {
    fc.assert(
      fc.property(placed, ({ source, bounds }) => {
        const [box, frame] = [edgesOf(toSourceBox(bounds, side, source)), edgesOf(bounds)]
        for (const [near, far, length] of [
          ['left', 'right', source.width],
          ['top', 'bottom', source.height],
        ] as const) {
          // The margin is half a percent of the side of the image.
          const first = (frame[near] / side - 0.005) * length
          const last = (frame[far] / side + 0.005) * length
          expect(box[near], near).to.be.at.least(0)
          expect(box[near], near).to.be.at.most(Math.max(first, 0))
          expect(box[near], near).to.be.above(first - 1)
          expect(box[far], far).to.be.at.most(length)
          expect(box[far], far).to.be.at.least(Math.min(last, length))
          expect(box[far], far).to.be.below(last + 1)
        }
      }),
    )
  })

  it('contains what is seen in the square frame, and less than a sample and the margin more on each side', () => {
    fc.assert(
      fc.property(
        unequalSides(90, 5).chain((source) => fc.record({ source: fc.constant(source), bright: boxesIn(source) })),
        ({ source, bright }) => {
          const samples = drawnValues(source, (x, y) => (isIn(bright, x, y) ? 65535 : 0))
          const frame = toSquareFrame({ ...source, samples: Uint16Array.from(samples) }, side)
          // Less than a hundredth of a sample comes from rounding.
          const mask = { side, samples: Uint8Array.from(frame.samples, (gray) => (gray > 0.01 ? 1 : 0)) }
          const [box, drawn] = [edgesOf(toSourceBox(boundsOf(mask)!, side, source)), edgesOf(bright)]
          for (const [near, far, length] of [
            ['left', 'right', source.width],
            ['top', 'bottom', source.height],
          ] as const) {
            const most = length / side + 0.005 * length + 1
            expect(drawn[near] - box[near], near).to.be.within(0, most)
            expect(box[far] - drawn[far], far).to.be.within(0, most)
          }
        },
      ),
    )
  })

  it('encloses and overlaps another box as their pixels do', () => {
    const image = { width: 12, height: 9 }
    fc.assert(
      fc.property(boxesIn(image), boxesIn(image), (one, other) => {
        const count = (inside: (x: number, y: number) => boolean) =>
          drawnValues(image, (x, y) => Number(inside(x, y))).reduce((sum, value) => sum + value, 0)
        const shared = count((x, y) => isIn(one, x, y) && isIn(other, x, y))
        const either = count((x, y) => isIn(one, x, y) || isIn(other, x, y))
        expect(boxIou(one, other)).to.be.closeTo(shared / either, 1e-12)
        const around = edgesOf(boxAround(one, other))
        const [a, b] = [edgesOf(one), edgesOf(other)]
        expect(around).to.deep.equal({
          left: Math.min(a.left, b.left),
          top: Math.min(a.top, b.top),
          right: Math.max(a.right, b.right),
          bottom: Math.max(a.bottom, b.bottom),
        })
      }),
    )
  })
})

describe('any mask of lungs', () => {
  const side = 8

  it('loses exactly the holes that no path leaves', () => {
    fc.assert(
      fc.property(masks(side), ({ samples }) => {
        const lung = samples.map((value) => 1 - value)
        // Spreads from outside until nothing changes.
        const outside = new Uint8Array(lung.length)
        for (let round = 0; round < lung.length; round++) {
          for (let i = 0; i < lung.length; i++) {
            const [x, y] = [i % side, Math.floor(i / side)]
            const isEdge = x === 0 || y === 0 || x === side - 1 || y === side - 1
            const isBesideOutside =
              isEdge || [i - 1, i + 1, i - side, i + side].some((neighbour) => outside[neighbour] === 1)
            if (lung[i] === 0 && isBesideOutside) outside[i] = 1
          }
        }
        expect([...fillHoles(lung, side)]).to.deep.equal(Array.from(outside, (value) => 1 - value))
      }),
    )
  })

  /** Of components of one size, either may be kept, and of components one above the other, either may be right. */
  const blobs = fc
    .array(boxesIn(square(side)), { minLength: 1, maxLength: 4 })
    .map((boxes) => Uint8Array.from(drawnValues(square(side), (x, y) => Number(boxes.some((box) => isIn(box, x, y))))))
    .filter((samples) => areDistinct(samples, side))

  it('swaps right and left in a mirror, and keeps them upside down', () => {
    fc.assert(
      fc.property(blobs, fc.integer({ min: 1, max: 6 }), (samples, column) => {
        const midline = (at: number): Plane => ({
          side,
          samples: Float32Array.from(drawnValues(square(side), (x) => x - at)),
        })
        const found = separateLungs(samples, midline(column + 0.4)).samples
        const meanColumn = (lung: number) => {
          const columns = Array.from(found, (value, i) => (value === lung ? i % side : -1)).filter((at) => at >= 0)
          return columns.reduce((sum, at) => sum + at, 0) / columns.length
        }
        const [right, left] = [meanColumn(rightLung), meanColumn(leftLung)]
        if (!Number.isNaN(right + left)) expect(right, 'the right lung is on the left').to.be.below(left)
        for (const move of moves.filter(({ name }) => name !== 'transposed')) {
          const isMirrored = move.name === 'mirrored'
          const at = isMirrored ? side - 1 - column - 0.4 : column + 0.4
          const moved = separateLungs(Uint8Array.from(move.values(samples, square(side))), midline(at)).samples
          const expected = move.values(found, square(side)).map((lung) => (isMirrored && lung > 0 ? 3 - lung : lung))
          expect([...moved], move.name).to.deep.equal(expected)
        }
      }),
    )
  })
})

/** Whether no two components have the same size or the same mean column. */
function areDistinct(samples: Uint8Array, side: number): boolean {
  const labels = Int32Array.from(samples, (_, index) => index)
  for (let round = 0; round < samples.length; round++) {
    for (let i = 0; i < samples.length; i++) {
      if (samples[i] === 0) continue
      if (i % side > 0 && samples[i - 1] === 1) labels[i] = labels[i - 1] = Math.min(labels[i]!, labels[i - 1]!)
      if (i >= side && samples[i - side] === 1) labels[i] = labels[i - side] = Math.min(labels[i]!, labels[i - side]!)
    }
  }
  const components = Map.groupBy(
    [...labels.keys()].filter((i) => samples[i] === 1),
    (i) => labels[i],
  )
  const columns = [...components.values()].map((places) => places.map((i) => i % side))
  const sizes = new Set(columns.map(({ length }) => length))
  const means = new Set(columns.map((all) => (all.reduce((sum, column) => sum + column, 0) / all.length).toFixed(6)))
  return sizes.size === columns.length && means.size === columns.length
}

describe('any frame of a mistaken image', () => {
  const side = 7
  const frames = fc
    .array(fc.integer({ min: 0, max: 255 }), { minLength: side * side, maxLength: side * side })
    .map((values) => ({ side, samples: Float32Array.from(values) }))
  const rowsOf = (samples: Float32Array) =>
    Array.from({ length: side }, (_, y) => [...samples.subarray(y * side, (y + 1) * side)])
  const clockwise = (rows: number[][]) => rows[0]!.map((_, x) => rows.map((row) => row[x]!).toReversed())
  const undone: readonly { reason: RegExp; expected: (rows: number[][]) => number[][] }[] = [
    { reason: /inverted/, expected: (rows) => rows.map((row) => row.map((gray) => 255 - gray)) },
    { reason: /180 degrees/, expected: (rows) => rows.toReversed().map((row) => row.toReversed()) },
    { reason: /90 degrees clockwise/, expected: clockwise },
    { reason: /90 degrees counter-clockwise/, expected: (rows) => clockwise(clockwise(clockwise(rows))) },
  ]

  it('is inverted and rotated as its reason says', () => {
    expect(mistakes.length).to.equal(undone.length)
    fc.assert(
      fc.property(frames, (frame) => {
        for (const { reason, undo } of mistakes) {
          const [{ expected }, ...others] = undone.filter((one) => one.reason.test(reason)) as [(typeof undone)[number]]
          expect(others).to.deep.equal([])
          expect(rowsOf(undo(frame).samples), reason).to.deep.equal(expected(rowsOf(frame.samples)))
        }
      }),
    )
  })
})

describe('any plane in another size', () => {
  const planes = (side: number) =>
    fc
      .array(fc.integer({ min: -99, max: 99 }), { minLength: side * side, maxLength: side * side })
      .map((values): Plane => ({ side, samples: Float32Array.from(values) }))

  it('has the mean of each block', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(1, 2, 3, 4).chain((factor) => fc.tuple(planes(12), fc.constant(factor))),
        ([plane, factor]) => {
          const reduced = reduceByMean(plane, factor)
          expect(reduced.side).to.equal(12 / factor)
          for (const [index, value] of reduced.samples.entries()) {
            const [x, y] = [(index % reduced.side) * factor, Math.floor(index / reduced.side) * factor]
            const block = drawnValues(square(factor), (column, row) => plane.samples[(y + row) * 12 + x + column]!)
            expect(value).to.be.closeTo(block.reduce((sum, one) => sum + one, 0) / block.length, 1e-3)
          }
        },
      ),
    )
  })

  it('is interpolated between the nearest samples, and is mirrored and transposed with the plane', () => {
    fc.assert(
      fc.property(planes(6), fc.integer({ min: 2, max: 15 }), fc.constantFrom(...moves), (plane, side, move) => {
        const tent = (sample: number, place: number) => Math.max(0, 1 - Math.abs(sample - place))
        const placeOf = (at: number) => Math.min(Math.max(((at + 0.5) * 6) / side - 0.5, 0), 5)
        const resized = resizeBilinear(plane, side).samples
        for (const [index, value] of resized.entries()) {
          const [x, y] = [placeOf(index % side), placeOf(Math.floor(index / side))]
          const expected = plane.samples.reduce(
            (sum, one, at) => sum + one * tent(at % 6, x) * tent(Math.floor(at / 6), y),
            0,
          )
          expect(value).to.be.closeTo(expected, 1e-3)
        }
        const moved = { side: 6, samples: Float32Array.from(move.values(plane.samples, square(6))) }
        const expected = move.values(resized, square(side))
        for (const [index, value] of resizeBilinear(moved, side).samples.entries()) {
          expect(value, move.name).to.be.closeTo(expected[index]!, 1e-3)
        }
      }),
    )
  })
})
