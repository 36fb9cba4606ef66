import * as dicom from '../dicom/errors.ts'
import type { ErrorDefinition, TriageError } from '../errors/triage-error.ts'
import * as lungs from '../lungs/errors.ts'
import * as pixels from '../pixels/errors.ts'

const codes = new Set<string>([dicom, pixels, lungs].flatMap((folder) => codesIn(folder)))

/**
 * Whether the cause of a failure lies in the file, so that every later attempt fails in the same way. Only then may it
 * become the finding "not analysed".
 */
export function liesInFile({ code, failureClass }: TriageError): boolean {
  return failureClass === 'permanent' && codes.has(code)
}

function codesIn(folder: Readonly<Record<string, ErrorDefinition>>): readonly string[] {
  return Object.values(folder).map(({ code }) => code)
}
