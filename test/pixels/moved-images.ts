import type { ImageSize } from '../../src/pixels/area-average.ts'
import type { Box } from '../../src/pixels/radiograph.ts'

/** A mirror image, or one whose columns are rows. Each move undoes itself. */
export interface Move {
  readonly name: 'mirrored' | 'upside down' | 'transposed'
  readonly size: (size: ImageSize) => ImageSize
  /** Moves a box of an image of that size. */
  readonly box: (box: Box, size: ImageSize) => Box
  readonly values: (values: ArrayLike<number>, size: ImageSize) => readonly number[]
}

/** Values of an image, by column and row. */
export function drawnValues({ width, height }: ImageSize, value: (x: number, y: number) => number): number[] {
  return Array.from({ length: width * height }, (_, index) => value(index % width, Math.floor(index / width)))
}

export const moves: readonly Move[] = [
  {
    name: 'mirrored',
    size: (size) => size,
    box: (box, { width }) => ({ ...box, x: width - box.x - box.width }),
    values: (values, size) => drawnValues(size, (x, y) => values[y * size.width + size.width - 1 - x]!),
  },
  {
    name: 'upside down',
    size: (size) => size,
    box: (box, { height }) => ({ ...box, y: height - box.y - box.height }),
    values: (values, size) => drawnValues(size, (x, y) => values[(size.height - 1 - y) * size.width + x]!),
  },
  {
    name: 'transposed',
    size: ({ width, height }) => ({ width: height, height: width }),
    box: ({ x, y, width, height }) => ({ x: y, y: x, width: height, height: width }),
    values: (values, { width, height }) =>
      drawnValues({ width: height, height: width }, (x, y) => values[x * width + y]!),
  },
]
