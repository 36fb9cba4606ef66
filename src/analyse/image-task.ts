import type { FailureClass } from '../errors.ts'
import type { LungRegion } from '../lungs/lung-region.ts'
import type { Preview } from '../pixels/preview.ts'

/** One image for a worker: a Part 10 file, whose buffer is handed over. */
export interface ImageTask {
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** What a worker makes of an image; `networkInput` is planar float32 as the model's manifest says. Times are milliseconds. */
export interface PreparedImage {
  readonly preview: Preview
  readonly lungs: LungRegion
  readonly networkInput: Float32Array<ArrayBuffer>
  readonly ms: {
    readonly decode: number
    readonly display: number
    readonly lungs: number
    readonly preprocess: number
  }
}

/** Errors lose their class on the way between threads, so a failure travels as data. */
export type ImageReply =
  | { readonly kind: 'prepared'; readonly image: PreparedImage }
  | { readonly kind: 'failed'; readonly code: string; readonly failureClass: FailureClass; readonly message: string }
