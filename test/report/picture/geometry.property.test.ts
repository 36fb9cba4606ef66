import { expect } from 'chai'
import fc from 'fast-check'
import type { LungMask } from '../../../src/lungs/lung-region.ts'
import type { ImageSize } from '../../../src/pixels/area-average.ts'
import type { Box } from '../../../src/pixels/radiograph.ts'
import type { Block } from '../../../src/report/picture/block.ts'
import { divide, layOut, placed } from '../../../src/report/picture/layout.ts'
import { lungContours } from '../../../src/report/picture/lung-contour.ts'
import { putGray, putOver } from '../../../src/report/picture/raster.ts'
import { drawSegment, packBits } from '../../../src/report/segmentation/segment-frames.ts'
import { activationContour } from '../../../src/report/sr/activation-contour.ts'
import { boxesIn, unequalSides } from '../../pixels/arbitrary-images.ts'
import { drawnValues } from '../../pixels/moved-images.ts'

const edgesOf = ({ x, y, width, height }: Box) => ({ left: x, top: y, right: x + width, bottom: y + height })
const isIn = (box: Box, x: number, y: number) =>
  x >= box.x && x < box.x + box.width && y >= box.y && y < box.y + box.height
const axes = [
  ['left', 'right', 'width'],
  ['top', 'bottom', 'height'],
] as const

const withBox = unequalSides(3000).chain((image) => fc.record({ image: fc.constant(image), box: boxesIn(image) }))

describe('a box of any image in its picture', () => {
  const frames = fc.record({
    x: fc.nat({ max: 90 }),
    y: fc.nat({ max: 90 }),
    width: fc.integer({ min: 1, max: 1024 }),
    height: fc.integer({ min: 1, max: 1024 }),
  })

  it('has each side within half a pixel of its place, is inside the frame, and has at least one pixel', () => {
    fc.assert(
      fc.property(withBox, frames, ({ image, box }, frame) => {
        const [drawn, exact, outer] = [edgesOf(placed(box, image, frame)), edgesOf(box), edgesOf(frame)]
        for (const [near, far, length] of axes) {
          const scale = frame[length] / image[length]
          expect(drawn[near], near).to.be.within(outer[near], outer[far] - 1)
          expect(drawn[far], far).to.be.within(drawn[near] + 1, outer[far])
          const isThin = exact[far] * scale - exact[near] * scale < 1
          // A thin box is widened to a pixel.
          expect(drawn[near], near).to.be.closeTo(outer[near] + exact[near] * scale, isThin ? 1 : 0.5)
          expect(drawn[far], far).to.be.closeTo(outer[near] + exact[far] * scale, isThin ? 1.5 : 0.5)
        }
        expect(placed({ x: 0, y: 0, ...image }, image, frame)).to.deep.equal(frame)
      }),
    )
  })
})

describe('the layout of a picture of any image', () => {
  const block = (height: number): Block => ({ height, draw: (x, y) => `<g x="${x}" y="${y}"/>` })

  it('holds the radiograph and the panel side by side or one below the other, without a gap or an overlap', () => {
    fc.assert(
      fc.property(
        unequalSides(4000),
        fc.tuple(fc.nat({ max: 90 }), fc.nat({ max: 900 }), fc.nat({ max: 900 })),
        (image, [banner, finding, notes]) => {
          const parts = { banner: block(banner), finding: block(finding), notes: block(notes) }
          const { width, height, radiograph, panel } = layOut(divide(image), parts)
          const [picture, shown] = [edgesOf(radiograph), edgesOf(panel.box)]
          expect(Math.max(radiograph.width, radiograph.height)).to.equal(1024)
          for (const { left, top, right, bottom } of [picture, shown]) {
            expect([left, top]).to.satisfy((near: number[]) => near.every((place) => place >= 0))
            expect(right).to.be.at.most(width)
            expect(bottom).to.be.at.most(height)
          }
          expect(picture.right === shown.left || picture.bottom === shown.top, 'side by side or below').to.equal(true)
          expect([shown.right, shown.bottom]).to.deep.equal([width, height])
          // Every part is drawn inside the panel.
          for (const [, x, y] of panel.draw().matchAll(/<g x="([\d.]+)" y="([\d.]+)"/g)) {
            expect(Number(x)).to.be.within(shown.left, shown.right)
            expect(Number(y)).to.be.within(shown.top, shown.bottom)
          }
        },
      ),
    )
  })
})

describe('layers on any picture', () => {
  const placedLayers = unequalSides(9).chain((size) =>
    boxesIn(size).chain((box) =>
      fc.record({
        size: fc.constant(size),
        box: fc.constant(box),
        grays: fc.uint8Array({ minLength: box.width * box.height, maxLength: box.width * box.height }),
        opacity: fc.nat({ max: 255 }),
      }),
    ),
  )

  it('change their own pixels and no others', () => {
    fc.assert(
      fc.property(placedLayers, ({ size, box, grays, opacity }) => {
        const ground = () => ({ ...size, rgb: new Uint8Array(3 * size.width * size.height).fill(100) })
        const samples = Uint8Array.from(grays)
        const [gray, over] = [ground(), ground()]
        putGray(gray, { width: box.width, height: box.height, samples }, box)
        const rgba = Uint8Array.from(samples, (value) => value)
        const layer = Uint8Array.from([...rgba].flatMap((value) => [value, 255 - value, 7, opacity]))
        putOver(over, { width: box.width, height: box.height, rgba: layer }, box)
        for (const [index, inside] of drawnValues(size, (x, y) => Number(isIn(box, x, y))).entries()) {
          const [x, y] = [(index % size.width) - box.x, Math.floor(index / size.width) - box.y]
          const value = inside ? samples[y * box.width + x]! : 100
          expect([...gray.rgb.subarray(3 * index, 3 * index + 3)]).to.deep.equal([value, value, value])
          const colour = inside ? [value, 255 - value, 7] : [100, 100, 100]
          for (const [channel, above] of colour.entries()) {
            const blended = 100 + ((above - 100) * (inside ? opacity : 0)) / 255
            expect(over.rgb[3 * index + channel]).to.be.closeTo(blended, 0.5001)
          }
        }
      }),
    )
  })
})

const side = 40
const square: ImageSize = { width: side, height: side }

/** A right lung in a box and a left lung in another, which may cover part of it. */
const twoLungs = fc.record({ right: boxesIn(square), left: boxesIn(square) }).map(({ right, left }) => ({
  side,
  samples: Uint8Array.from(drawnValues(square, (x, y) => (isIn(left, x, y) ? 2 : isIn(right, x, y) ? 1 : 0))),
}))

describe('the lungs of any mask in an image', () => {
  it('fill the pixels whose centre is mostly in that lung, at any size', () => {
    fc.assert(
      fc.property(twoLungs, unequalSides(70), fc.constantFrom(1, 2), (mask: LungMask, size, lung) => {
        const samples = new Uint8Array(size.width * size.height)
        drawSegment(mask, lung, size, samples)
        const placeOf = (at: number, length: number) =>
          Math.min(Math.max(((at + 0.5) * side) / length - 0.5, 0), side - 1)
        for (const [index, drawn] of samples.entries()) {
          const [x, y] = [placeOf(index % size.width, size.width), placeOf(Math.floor(index / size.width), size.height)]
          const [left, top] = [Math.floor(x), Math.floor(y)]
          // Bilinear interpolation of the four samples around the centre.
          const inLung = [0, 1, 2, 3].reduce((sum, corner) => {
            const [column, row] = [left + (corner % 2), top + Math.floor(corner / 2)]
            const weight = Math.max(0, 1 - Math.abs(x - column)) * Math.max(0, 1 - Math.abs(y - row))
            return sum + (mask.samples[row * side + column] === lung ? weight : 0)
          }, 0)
          if (Math.abs(inLung - 0.5) > 1e-9) expect(drawn, `pixel ${index}`).to.equal(inLung > 0.5 ? 1 : 0)
        }
      }),
    )
  })

  it('are packed into bits from the least significant one', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0, 1), { maxLength: 50 }), (bits) => {
        const packed = packBits(Uint8Array.from(bits))
        expect(packed.length).to.equal(Math.ceil(bits.length / 8))
        const written = Array.from(packed, (byte) => byte.toString(2).padStart(8, '0').split('').toReversed()).flat()
        expect(written.map(Number)).to.deep.equal([...bits, ...written.slice(bits.length).map(() => 0)])
      }),
    )
  })

  /** Large enough that the smoothing keeps the middle of each side. */
  const largeBoxes = boxesIn(square).filter(({ width, height }) => width >= 8 && height >= 8)
  it('have an outline that reaches each side of their box, inside the image', () => {
    fc.assert(
      fc.property(largeBoxes, (lung) => {
        const samples = Uint8Array.from(drawnValues(square, (x, y) => (isIn(lung, x, y) ? 1 : 0)))
        const points = lungContours({ side, samples }).flat()
        const edges = edgesOf(lung)
        const [xs, ys] = [points.map(([x]) => x * side), points.map(([, y]) => y * side)]
        expect(Math.min(...xs), 'left').to.be.closeTo(edges.left, 0.51)
        expect(Math.max(...xs), 'right').to.be.closeTo(edges.right, 0.51)
        expect(Math.min(...ys), 'top').to.be.closeTo(edges.top, 0.51)
        expect(Math.max(...ys), 'bottom').to.be.closeTo(edges.bottom, 0.51)
        for (const place of [...xs, ...ys]) expect(place).to.be.within(0, side)
      }),
    )
  })
})

describe('the outline of any activation', () => {
  const map: ImageSize = { width: 7, height: 5 }

  it('surrounds the active cells on each side, in source pixels, inside the box', () => {
    fc.assert(
      fc.property(boxesIn(map), withBox, fc.double({ min: 0.01, max: 1, noNaN: true }), (active, { box }, strength) => {
        const samples = Float32Array.from(drawnValues(map, (x, y) => (isIn(active, x, y) ? strength : 0)))
        const outline = activationContour({ ...map, samples }, box)!
        const [cells, area] = [edgesOf(active), edgesOf(box)]
        for (const [axis, [near, far, length]] of axes.entries()) {
          const places = outline.map((point) => point[axis]!)
          const cell = box[length] / map[length]
          // Half of the maximum lies on the cell's edge; a tenth of a pixel is the resolution.
          expect(Math.min(...places), near).to.be.closeTo(area[near] + cells[near] * cell, 0.06)
          expect(Math.max(...places), far).to.be.closeTo(area[near] + cells[far] * cell, 0.06)
          for (const place of places) expect(place).to.be.within(area[near] - 0.05, area[far] + 0.05)
        }
      }),
    )
  })
})
