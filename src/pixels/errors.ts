import { defineError } from '../errors/triage-error.ts'

export const noPixelData = defineError(
  'PIXELS_NO_PIXEL_DATA',
  'permanent',
  () => 'The object holds no Pixel Data (7FE0,0010). Send an image.',
)

export const attributeInvalid = defineError(
  'PIXELS_ATTRIBUTE_INVALID',
  'permanent',
  (keyword: string, problem: string) => `${keyword} ${problem}. The image cannot be displayed as intended.`,
)

export const notGrayscale = defineError(
  'PIXELS_NOT_GRAYSCALE',
  'permanent',
  (what: string) => `Only single-frame MONOCHROME1 and MONOCHROME2 images are supported; this image has ${what}.`,
)

export const tooLarge = defineError(
  'PIXELS_TOO_LARGE',
  'permanent',
  (rows: number, columns: number, limit: number) =>
    `The header claims ${rows} x ${columns} pixels; the limit is ${limit / 1e6} megapixels.`,
)

export const wrongLength = defineError(
  'PIXELS_WRONG_LENGTH',
  'permanent',
  (found: number, expected: number) =>
    `Pixel Data holds ${found} bytes, but the header requires ${expected}. The file is cut short or damaged; send it again.`,
)

export const transferSyntaxUnsupported = defineError(
  'PIXELS_TRANSFER_SYNTAX_UNSUPPORTED',
  'permanent',
  (uid: string) =>
    `Transfer syntax ${uid} cannot be decoded here. Let the archive transcode it to Explicit VR Little Endian.`,
)

export const decodingFailed = defineError(
  'PIXELS_DECODING_FAILED',
  'permanent',
  (uid: string, cause: string) =>
    `The compressed pixels (transfer syntax ${uid}) are damaged: ${cause}. Send the image again.`,
)
