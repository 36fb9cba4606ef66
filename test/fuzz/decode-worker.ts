import { asTriageError } from '../../src/errors.ts'
import { decodeFrame } from '../../src/pixels/decode.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { toRadiograph } from '../../src/pixels/display.ts'

/** What became of a file: it was decoded, or the code of its error. */
export interface DecodeOutcome {
  readonly code: string
  readonly message: string
}

/** Piscina's task function: a file through decoding and display. */
export default async function decodeAndDisplay(bytes: Uint8Array<ArrayBuffer>): Promise<DecodeOutcome> {
  try {
    const file = parseDicomFile(bytes)
    const frame = await decodeFrame(file)
    const { width, height, samples } = toRadiograph(frame, file.dataset)
    if (samples.length !== width * height) return { code: 'WRONG_SIZE', message: `${samples.length} samples` }
    return { code: 'decoded', message: '' }
  } catch (thrown) {
    const { code, message, cause } = asTriageError(thrown)
    return { code, message: code === 'UNEXPECTED' && cause instanceof Error ? (cause.stack ?? message) : message }
  }
}
