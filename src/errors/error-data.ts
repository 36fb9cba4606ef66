import { z } from 'zod'
import { errorDefinitions } from './error-list.ts'
import { type ErrorData, TriageError, failureClasses, unexpected } from './triage-error.ts'

export const errorDataSchema: z.ZodType<ErrorData> = z.object({
  code: z.string(),
  message: z.string(),
  failureClass: z.enum(failureClasses),
})

/**
 * Restores an error from data. A code that this version does not define becomes UNEXPECTED and keeps its class, also
 * when it is sent on.
 */
export function errorFromData({ code, message, failureClass }: ErrorData): TriageError {
  const definition = errorDefinitions.get(code)
  if (definition === undefined || definition === unexpected) return new TriageError(unexpected, failureClass, message)
  const fixed = definition.failureClass === 'of-causes' ? failureClass : definition.failureClass
  return new TriageError(definition, fixed, message)
}
