import { isAbsolute, join } from 'node:path'
import { expect } from 'chai'
import fc from 'fast-check'
import { z } from 'zod'
import type { DeclaredSetting } from '../../src/settings/declarations.ts'
import { settingsOf } from '../../src/settings/read-settings.ts'
import { valueAt } from '../../src/settings/setting-values.ts'
import { declarations } from '../../src/settings/settings.ts'
import { type Section, allSettings, fullSection, nameOf, put, twoValuesOf, validSettings } from './samples.ts'

const baseDir = '/etc/orthanc'
const isPath = ({ nature: { holds } }: DeclaredSetting) => holds === 'path' || holds === 'authority'
const schemaOf = ({ schema }: DeclaredSetting) => z.toJSONSchema(schema, { io: 'input' })

const issuerSystems = fc.uniqueArray(
  fc.record({ Issuer: fc.stringMatching(/^[A-Z0-9.]{1,64}$/), System: fc.stringMatching(/^urn:[a-z0-9:]{1,20}$/) }),
  { maxLength: 3, selector: ({ Issuer }) => Issuer },
)

/** Any value that the JSON Schema of a setting allows, which editors check independently of this program. */
function valueOf(one: DeclaredSetting): fc.Arbitrary<unknown> {
  const schema = schemaOf(one)
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum)
  const { minimum = 0, maximum = 1 } = schema
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'integer') return fc.integer({ min: minimum, max: maximum })
  if (schema.type === 'number') return fc.double({ min: minimum, max: maximum, noNaN: true })
  if (schema.type === 'array' && z.safeParse(one.schema, [{ Issuer: 'I', System: 'urn:s' }]).success)
    return issuerSystems
  if (schema.type === 'array') return fc.array(fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), { maxLength: 3 })
  return textOf(one)
}

/** Any text that the setting accepts; `$` would start an environment variable. */
function textOf(one: DeclaredSetting): fc.Arbitrary<string> {
  const { format, pattern, minLength = 0 } = schemaOf(one)
  if (format === 'uri') {
    const schemes = ['http', 'https', 'redis', 'rediss'].filter(
      (scheme) => z.safeParse(one.schema, `${scheme}://host`).success,
    )
    return fc.tuple(fc.constantFrom(...schemes), fc.domain()).map(([scheme, host]) => `${scheme}://${host}`)
  }
  if (pattern !== undefined) return fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/)
  const text = fc
    .string({ unit: 'binary', minLength, maxLength: minLength + 20 })
    .filter((written) => !written.includes('$') && written.length >= minLength)
  return isPath(one)
    ? fc.oneof(
        text,
        text.map((written) => `/${written}`),
      )
    : text
}

/** A section in which every setting has any value of its own, with the rules between settings kept. */
const anySection = fc.tuple(...allSettings.map(valueOf)).map((values) => {
  const section = allSettings.reduce<Section>((made, one, index) => put(made, one.path, values[index]), {})
  put(section, ['Hl7', 'Tls'], true)
  for (const [low, high] of [
    [
      ['Eligibility', 'MinAgeYears'],
      ['Eligibility', 'MaxAgeYears'],
    ],
    [
      ['Thresholds', 'Absent'],
      ['Thresholds', 'Present'],
    ],
  ] as const) {
    const [one, other] = [Number(valueAt(section, low)), Number(valueAt(section, high))]
    put(section, low, Math.min(one, other))
    put(section, high, Math.max(one, other))
  }
  return section
})

const sampleOf = (one: DeclaredSetting) => twoValuesOf(one)[0]
const problemsOf = (section: Section) => {
  const reading = settingsOf(section, baseDir)
  return reading.kind === 'valid' ? [] : reading.problems
}
const pathOf = (one: DeclaredSetting) => `LungTriage.${nameOf(one)}`
const isRequired = ({ schema }: DeclaredSetting) => !z.safeParse(schema, undefined).success

describe('any valid settings', () => {
  it('are read as they were written, and only paths change: they become absolute', () => {
    fc.assert(
      fc.property(anySection, (section) => {
        const settings = validSettings(section, baseDir)
        for (const one of allSettings) {
          const given = valueAt(section, one.path)
          const relative = isPath(one) && !isAbsolute(String(given))
          expect(valueAt(settings, one.path), nameOf(one)).to.deep.equal(
            relative ? join(baseDir, String(given)) : given,
          )
        }
      }),
      { numRuns: 50 },
    )
  })

  it('have the declared default for each setting that is left out', () => {
    const optional = allSettings.filter((one) => !isRequired(one))
    const isNeeded = (one: DeclaredSetting) => ['Queue.Secret', 'Fhir.Url', 'Hl7.Tls'].includes(nameOf(one))
    const settable = optional.filter((one) => !isNeeded(one))
    fc.assert(
      fc.property(fc.subarray(settable), (left) => {
        const settings = validSettings(
          left.reduce(
            (section, one) => put(section, one.path, undefined),
            fullSection((one) => sampleOf(one)),
          ),
          baseDir,
        )
        for (const one of left) {
          const { default: value } = schemaOf(one)
          const expected = isPath(one) && typeof value === 'string' ? join(baseDir, value) : value
          expect(valueAt(settings, one.path), nameOf(one)).to.deep.equal(expected)
        }
      }),
      { numRuns: 100 },
    )
  })

  it('are refused with one more key, at any depth, by the name of that key and nothing else', () => {
    const sections = [[], ...declarations.filter(({ nature }) => nature.kind === 'section').map(({ path }) => path)]
    const known = new Set(declarations.map(({ path }) => path.join('.')))
    const key = fc.stringMatching(/^[A-Za-z][A-Za-z0-9_]{0,12}$/)
    const misspelt = fc.constantFrom(...allSettings).map(({ path }) => path.at(-1)!.toLowerCase())
    fc.assert(
      fc.property(fc.constantFrom(...sections), fc.oneof(key, misspelt), fc.jsonValue(), (path, name, value) => {
        fc.pre(!known.has([...path, name].join('.')))
        const problems = problemsOf(put(fullSection(sampleOf), [...path, name], value))
        expect(problems.map((problem) => problem.path)).to.deep.equal([['LungTriage', ...path, name].join('.')])
        expect(problems[0]?.message).to.match(/^is not a known setting/)
      }),
      { numRuns: 200 },
    )
  })

  it('are refused with a value just outside its limits, by the name of its setting', () => {
    const limited = allSettings.filter((one) => 'minimum' in schemaOf(one) || 'maximum' in schemaOf(one))
    expect(limited.length).to.be.above(15)
    for (const one of limited) {
      const { minimum = 0, maximum = 0, type } = schemaOf(one)
      const step = type === 'integer' ? 1 : 1e-6
      for (const wrong of [minimum - step, maximum + step, ...(type === 'integer' ? [minimum + 0.5] : [])]) {
        const paths = problemsOf(put(fullSection(sampleOf), one.path, wrong)).map(({ path }) => path)
        expect(paths, `${nameOf(one)} ${wrong}`).to.include(pathOf(one))
      }
    }
  })

  it('are not quoted in a problem with any other setting, if they are secrets', () => {
    const secret = 'PLANTED-SECRET-OF-THE-TESTS-0123456789'
    const planted = () =>
      fullSection((one) => {
        if (one.nature.holds !== 'secret') return sampleOf(one)
        return String(sampleOf(one)).startsWith('redis:') ? `redis://:${secret}@127.0.0.1:9` : secret
      })
    const wrong = fc.oneof(
      fc.jsonValue(),
      fc.constantFrom<unknown>('${UNSET}', '', -1, 1e9),
      fc.constantFrom<unknown>(secret, [secret], { [secret]: secret }, `${secret}\${UNSET}`),
    )
    fc.assert(
      fc.property(fc.constantFrom(...allSettings), wrong, (one, value) => {
        const shown = JSON.stringify(problemsOf(put(planted(), one.path, value)))
        // The name of an unknown key is shown, because it is no value.
        expect(shown.replaceAll(`.${secret}`, '')).to.not.contain(secret)
      }),
      { numRuns: 600 },
    )
  })

  it('are refused without one that is required, and name it', () => {
    const required = allSettings.filter(isRequired)
    expect(required.map(nameOf)).to.include.members(['DicomWeb.Url', 'Hl7.Host', 'Http.Tls.KeyFile'])
    for (const one of required) {
      const problems = problemsOf(put(fullSection(sampleOf), one.path, undefined))
      expect(problems).to.deep.equal([{ path: pathOf(one), message: 'is missing' }])
    }
  })
})
