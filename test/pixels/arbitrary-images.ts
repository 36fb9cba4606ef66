import fc from 'fast-check'
import type { ImageSize } from '../../src/pixels/area-average.ts'
import type { Box } from '../../src/pixels/radiograph.ts'
import type { PixelFormat, StoredImage } from './sample-images.ts'

/** Width and height that always differ, so that a lost side and swapped sides are noticed. */
export function unequalSides(most: number, least = 1): fc.Arbitrary<ImageSize> {
  const side = fc.integer({ min: least, max: most })
  return fc.record({ width: side, height: side }).filter(({ width, height }) => width !== height)
}

/** Formats of 8 to 16 bits stored; in some, values are not at the bottom of their cell. */
export const pixelFormats: fc.Arbitrary<PixelFormat> = fc
  .record({
    bitsStored: fc.oneof(fc.integer({ min: 8, max: 16 }), fc.constantFrom(8, 16, 16)),
    signed: fc.boolean(),
    room: fc.nat({ max: 8 }),
  })
  .map(({ bitsStored, signed, room }) => {
    const bitsAllocated = bitsStored === 8 && room % 2 === 0 ? 8 : 16
    const highBit = Math.min(bitsStored - 1 + room, 15)
    return room < 6 || bitsAllocated === 8
      ? { bitsAllocated, bitsStored, signed }
      : { bitsAllocated, bitsStored, signed, highBit }
  })

/** The least and the largest value of a format. */
export function valueRange({ bitsStored, signed }: PixelFormat): { readonly min: number; readonly max: number } {
  const min = signed ? -(2 ** (bitsStored - 1)) : 0
  return { min, max: min + 2 ** bitsStored - 1 }
}

/** An image of any values of its format, the extremes included. */
export function storedImages(
  formats: fc.Arbitrary<PixelFormat>,
  mostPerSide: number,
  leastPerSide = 1,
): fc.Arbitrary<StoredImage> {
  return fc.tuple(formats, unequalSides(mostPerSide, leastPerSide)).chain(([format, { width, height }]) => {
    const { min, max } = valueRange(format)
    const value = fc.oneof({ weight: 8, arbitrary: fc.integer({ min, max }) }, fc.constantFrom(min, max))
    const values = fc.array(value, { minLength: width * height, maxLength: width * height })
    return values.map((drawn) => ({ format, rows: height, columns: width, values: drawn }))
  })
}

/** A box of whole pixels inside an image. */
export function boxesIn({ width, height }: ImageSize): fc.Arbitrary<Box> {
  return fc
    .tuple(fc.nat(width - 1), fc.nat(width - 1), fc.nat(height - 1), fc.nat(height - 1))
    .map(([x1, x2, y1, y2]) => ({
      x: Math.min(x1, x2),
      y: Math.min(y1, y2),
      width: Math.abs(x1 - x2) + 1,
      height: Math.abs(y1 - y2) + 1,
    }))
}
