import { defineError } from '../errors/triage-error.ts'

export const pathUnreadable = defineError(
  'ANALYZE_PATH_UNREADABLE',
  'permanent',
  (path: string, cause: string) => `Cannot read ${path} (${cause}). Give a DICOM, PNG or JPEG file, or a folder.`,
)

export const fileTooLarge = defineError(
  'ANALYZE_FILE_TOO_LARGE',
  'permanent',
  (path: string, size: number, maxBytes: number) =>
    `${path} is too large (${Math.ceil(size / 2 ** 20)} MB). The limit is ${maxBytes / 2 ** 20} MB.`,
)
