import { readFile } from 'node:fs/promises'
import { expect } from 'chai'
import { format, resolveConfig } from 'prettier'
import { z } from 'zod'
import { readSettings } from '../../src/settings/read-settings.ts'
import { settingsJsonSchema } from '../../src/settings/derived/json-schema.ts'
import { settingsPage } from '../../src/settings/derived/settings-page.ts'
import { settingsSchema } from '../../src/settings/settings.ts'

describe('the settings files', () => {
  it('include a JSON Schema that equals the declared settings (update: npm run config:schema)', async () => {
    const written: unknown = JSON.parse(await readFile('config/lung-triage.schema.json', 'utf8'))
    expect(written).to.deep.equal(JSON.parse(JSON.stringify(settingsJsonSchema())))
  })

  it('include a docs/settings.md that equals the declared settings (update: npm run config:docs)', async () => {
    const page = await format(settingsPage(), { ...(await resolveConfig('docs/settings.md')), parser: 'markdown' })
    expect(await readFile('docs/settings.md', 'utf8')).to.equal(page)
  })

  it('describe every setting in the JSON Schema', () => {
    const undocumented = (schema: z.core.JSONSchema.BaseSchema, path: string): string[] =>
      Object.entries(schema.properties ?? {}).flatMap(([key, property]) => {
        if (typeof property === 'boolean') return []
        const here = property.description === undefined ? [`${path}.${key}`] : []
        return [...here, ...undocumented(property, `${path}.${key}`)]
      })
    expect(undocumented(z.toJSONSchema(settingsSchema, { io: 'input' }), 'LungTriage')).to.deep.equal([])
  })

  it('include an example that is valid with a password', async () => {
    const reading = await readSettings('config/orthanc.example.json', { LUNG_TRIAGE_ORTHANC_PASSWORD: 'secret' })
    expect(reading.kind === 'invalid' ? reading.problems : []).to.deep.equal([])
  })
})
