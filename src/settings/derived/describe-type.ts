import { z } from 'zod'

/** Type and limits of a setting in words: `integer, 1 to 32`. */
export function describeType(schema: z.core.$ZodType): string {
  return inWords(jsonSchemaOf(schema))
}

/** The default as written in JSON; `required` if there is none, empty if the setting is optional. */
export function describeDefault(schema: z.core.$ZodType): string {
  const { default: value } = jsonSchemaOf(schema)
  if (value !== undefined) return `\`${JSON.stringify(value)}\``
  return z.safeParse(schema, undefined).success ? '' : 'required'
}

function jsonSchemaOf(schema: z.core.$ZodType): z.core.JSONSchema.BaseSchema {
  return z.toJSONSchema(schema, { io: 'input' })
}

function inWords({ type, enum: words, items, properties, ...limits }: z.core.JSONSchema.BaseSchema): string {
  if (words !== undefined) return words.map((word) => `\`${JSON.stringify(word)}\``).join(' or ')
  if (type === 'boolean') return 'true or false'
  if (type === 'array') return `list: ${typeof items === 'object' && !Array.isArray(items) ? inWords(items) : 'any'}`
  if (type === 'object') return `{ ${Object.keys(properties ?? {}).join(', ')} }`
  if (type === 'string') return textInWords(limits)
  const { minimum, maximum } = limits
  return `${type === 'integer' ? 'integer' : 'number'}, ${minimum ?? 'any'} to ${maximum ?? 'any'}`
}

function textInWords({ format, pattern, minLength }: z.core.JSONSchema.BaseSchema): string {
  if (format === 'uri') return 'URL'
  if (pattern !== undefined) return `text matching \`${pattern}\``
  if (minLength === undefined) return 'text'
  return minLength === 1 ? 'text, not empty' : `text, at least ${minLength} characters`
}
