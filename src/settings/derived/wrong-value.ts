import type { z } from 'zod'

/** The problem with a value in words. It names what is expected and never quotes the value, which may be a secret. */
export function describeWrongValue(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type')
    return issue.input === undefined ? 'is missing' : `must be ${nouns[issue.expected] ?? issue.expected}`
  if (issue.code === 'invalid_value')
    return `must be ${issue.values.map((value) => JSON.stringify(value)).join(' or ')}`
  if (issue.code === 'invalid_union') return 'must be true, false or a section in braces'
  if (issue.code === 'too_big') return `must be at most ${String(issue.maximum)}`
  if (issue.code !== 'too_small') return undefined
  const least = Number(issue.minimum)
  if (issue.origin !== 'string') return `must be at least ${least}`
  return least === 1 ? 'must not be empty' : `must have at least ${least} characters`
}

/** For a schema's `error`: the message for a wrong format; a missing value or a wrong type is described as above. */
export function forWrongFormat(message: string): (issue: z.core.$ZodRawIssue) => string | undefined {
  return ({ code }) => (code === 'invalid_format' ? message : undefined)
}

const nouns: Readonly<Record<string, string>> = {
  string: 'text in quotes',
  number: 'a number',
  int: 'a whole number',
  boolean: 'true or false',
  array: 'a list in square brackets',
  object: 'a section in braces',
}
