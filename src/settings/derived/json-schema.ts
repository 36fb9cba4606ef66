import { z } from 'zod'
import { settingsSchema } from '../settings.ts'

/** JSON Schema of a configuration with our section, for editors; written to `config/lung-triage.schema.json`. */
export function settingsJsonSchema(): Record<string, unknown> {
  const { $schema, ...section } = z.toJSONSchema(settingsSchema, { io: 'input' })
  return { $schema, type: 'object', properties: { LungTriage: section }, required: ['LungTriage'] }
}
