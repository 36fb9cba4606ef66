import type { ErrorData } from '../errors/triage-error.ts'
import type { PreparedImage } from './analyse-image.ts'

/** One image for a worker: a Part 10 file, whose buffer is handed over. */
export interface ImageTask {
  readonly bytes: Uint8Array<ArrayBuffer>
}

/** Errors lose their class on the way between threads, so a failure travels as data. */
export type ImageReply =
  | { readonly kind: 'prepared'; readonly image: PreparedImage }
  | { readonly kind: 'failed'; readonly failure: ErrorData }
