import { z } from 'zod'
import { errorDefinitions } from './error-list.ts'
import { type ErrorData, TriageError, failureClasses, unexpected } from './triage-error.ts'

export const errorDataSchema: z.ZodType<ErrorData> = z.object({
  code: z.string(),
  message: z.string(),
  failureClass: z.enum(failureClasses),
  at: z.array(z.string()).optional(),
})

/**
 * Restores an error from data. A code that this version does not define becomes UNEXPECTED and keeps its class, also
 * when it is sent on.
 */
export function errorFromData({ code, message, failureClass, at }: ErrorData): TriageError {
  const definition = errorDefinitions.get(code)
  if (definition === undefined || definition === unexpected)
    return new TriageError(unexpected, failureClass, message, originAt(at))
  const fixed = definition.failureClass === 'of-causes' ? failureClass : definition.failureClass
  return new TriageError(definition, fixed, message)
}

function originAt(at: ErrorData['at']): ErrorOptions | undefined {
  if (at === undefined) return undefined
  const cause = new Error()
  cause.stack = at.map((frame) => `    ${frame}`).join('\n')
  return { cause }
}
