import type { Radiograph } from './radiograph.ts'

/** A radiograph for people to look at: eight bits, and no more pixels than a picture needs, since a study may hold many images. */
export interface Preview {
  /** Columns and rows of the source image. */
  readonly width: number
  readonly height: number
  /** Gray values 0 (black) to 255 (white), row-major; the source's columns and rows divided by a whole number. */
  readonly reduced: {
    readonly width: number
    readonly height: number
    readonly samples: Uint8Array<ArrayBuffer>
  }
}

/**
 * Reduces a radiograph by the largest whole number that leaves its long side at least `longSide`: the mean of each square of pixels, so that
 * at most four times the pixels of the picture are kept.
 */
export function toPreview(radiograph: Radiograph, longSide: number): Preview {
  const { width, height } = radiograph
  const factor = Math.max(1, Math.floor(Math.max(width, height) / longSide))
  return { width, height, reduced: factor === 1 ? toGray(radiograph) : averaged(radiograph, factor) }
}

/** A loop: `Uint8Array.from` with a function takes half a second for four megapixels. */
function toGray({ width, height, samples }: Radiograph): Preview['reduced'] {
  const gray = new Uint8Array(samples.length)
  for (let i = 0; i < gray.length; i++) gray[i] = Math.round(samples[i]! / 257)
  return { width, height, samples: gray }
}

/** Squares at the right and lower border are cut off where the size is no multiple of the factor. */
function averaged({ width, height, samples }: Radiograph, factor: number): Preview['reduced'] {
  const [columns, rows] = [Math.ceil(width / factor), Math.ceil(height / factor)]
  const gray = new Uint8Array(columns * rows)
  const sums = new Float64Array(columns)
  for (let row = 0; row < rows; row++) {
    sums.fill(0)
    const end = Math.min((row + 1) * factor, height)
    for (let y = row * factor; y < end; y++) {
      for (let x = 0, column = 0; x < width; column++) {
        const right = Math.min(x + factor, width)
        for (; x < right; x++) sums[column]! += samples[y * width + x]!
      }
    }
    for (let column = 0; column < columns; column++) {
      const pixels = (end - row * factor) * (Math.min((column + 1) * factor, width) - column * factor)
      gray[row * columns + column] = Math.round(sums[column]! / pixels / 257)
    }
  }
  return { width: columns, height: rows, samples: gray }
}
