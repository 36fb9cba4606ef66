import type { ErrorData } from '../errors/triage-error.ts'
import type { AskedImage } from '../intake/asked-image.ts'
import type { PreparedImage } from './analyse-image.ts'

/** One image for a worker: a Part 10 file, whose buffer is transferred. */
export interface ImageTask {
  readonly bytes: Uint8Array<ArrayBuffer>
  /** The image that the file must be. */
  readonly asked: AskedImage
}

/** Errors lose their class between threads, so a failure is sent as data. */
export type ImageReply =
  | { readonly kind: 'prepared'; readonly image: PreparedImage }
  | { readonly kind: 'failed'; readonly failure: ErrorData }
