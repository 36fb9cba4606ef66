import { readRadiograph } from '../../src/analyse/analyse-image.ts'
import { asTriageError } from '../../src/errors/triage-error.ts'

/** The outcome for a file: `decoded`, or the code of its error. */
export interface DecodeOutcome {
  readonly code: string
  readonly message: string
}

/** Piscina's task function: decodes a file and prepares it for display. */
export default async function decodeAndDisplay(bytes: Uint8Array<ArrayBuffer>): Promise<DecodeOutcome> {
  try {
    const { width, height, samples } = (await readRadiograph(bytes)).radiograph
    if (samples.length !== width * height) return { code: 'WRONG_SIZE', message: `${samples.length} samples` }
    return { code: 'decoded', message: '' }
  } catch (thrown) {
    const { code, message, cause } = asTriageError(thrown)
    return { code, message: code === 'UNEXPECTED' && cause instanceof Error ? (cause.stack ?? message) : message }
  }
}
