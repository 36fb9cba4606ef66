import { z } from 'zod'
import { type DeclaredSetting, settingsAmong } from '../../src/settings/declarations.ts'
import { settingsOf } from '../../src/settings/read-settings.ts'
import { type Settings, declarations } from '../../src/settings/settings.ts'

export const allSettings = settingsAmong(declarations)

export const nameOf = ({ path }: DeclaredSetting): string => path.join('.')

const nowhere = ['http://127.0.0.1:9', 'http://127.0.0.1:10', 'redis://127.0.0.1:9', 'redis://127.0.0.1:10']
const issuers = ['urn:one', 'urn:two'].map((System) => [{ Issuer: 'NORTH', System }])
const texts = ['a'.repeat(40), 'b'.repeat(40), ...nowhere]
const candidates = [true, false, 1, 0.5, 2, 2000, 3000, ...texts, ['one'], ['two'], ...issuers]

const samples = new Map(allSettings.map((one) => [one, samplesOf(one)]))

/** Two values that the setting accepts. */
export function twoValuesOf(declaration: DeclaredSetting): readonly [unknown, unknown] {
  const [one, other] = samples.get(declaration) ?? []
  if (one === undefined || other === undefined) throw new Error(`No two samples for ${nameOf(declaration)}; add some.`)
  return [one, other]
}

function samplesOf({ schema }: DeclaredSetting): readonly unknown[] {
  const words = z.toJSONSchema(schema, { io: 'input' }).enum ?? []
  return [...words, ...candidates].filter((value) => z.safeParse(schema, value).success)
}

export type Section = Record<string, unknown>

/** Sets the value at a path, in place, and adds missing sections. */
export function put(section: Section, [name, ...rest]: readonly string[], value: unknown): Section {
  if (name === undefined) return section
  section[name] = rest.length === 0 ? value : put((section[name] ?? {}) as Section, rest, value)
  return section
}

/** A section in which every setting is set. */
export function fullSection(valueOf = (one: DeclaredSetting): unknown => twoValuesOf(one)[0]): Section {
  return allSettings.reduce<Section>((section, one) => put(section, one.path, valueOf(one)), {})
}

export function validSettings(section: Section, baseDir = '/conf'): Settings {
  const reading = settingsOf(section, baseDir)
  if (reading.kind === 'invalid') throw new Error(JSON.stringify(reading.problems))
  return reading.settings
}
