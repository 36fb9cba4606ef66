/** A display-ready grayscale image: the output of the pixel pipeline (PS3.3 C.11), top row first. */
export interface Radiograph {
  /** Columns of the source image. */
  readonly width: number
  /** Rows of the source image. */
  readonly height: number
  /** P-values, row-major, 0 = black … 65535 = white; length `width * height`. */
  readonly samples: Uint16Array<ArrayBuffer>
}

/** A rectangle in source pixels: `x`, `y` of its top-left pixel; covers `[x, x + width)` by `[y, y + height)`. */
export interface Box {
  readonly x: number
  readonly y: number
  readonly width: number
  readonly height: number
}
