import { defineError } from '../errors/triage-error.ts'

export const rasterUnreadable = defineError(
  'INTAKE_RASTER_UNREADABLE',
  'permanent',
  (cause: string) => `The PNG or JPEG cannot be decoded (${cause}). Save it again, or send the DICOM original.`,
)

export const rasterTooLarge = defineError(
  'INTAKE_RASTER_TOO_LARGE',
  'permanent',
  (width: number, height: number, limit: number) =>
    `The picture has ${width} x ${height} pixels; the limit is ${limit / 1e6} megapixels.`,
)
