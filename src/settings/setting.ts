import { z } from 'zod'
import type { FileProbe } from './probes/file-probes.ts'
import type { ServerProbe } from './probes/server-probes.ts'

/**
 * A setting is declared once, in the file of its section: its zod schema (type, default, limits) and its nature. The
 * rest is in `derived/`: JSON Schema, docs/settings.md, check-config, absolute paths, reload, trusted authorities.
 */

export type ProbeName = ServerProbe | FileProbe

export interface SettingNature {
  /** For administrators. */
  readonly description: string
  /** `live`: from the next study after a reload; never if a connection, file or loaded model depends on it. */
  readonly takesEffect: 'live' | 'restart'
  /** `path`: relative to the configuration. `authority`: path of a trusted CA file. `secret`: never shown. */
  readonly holds?: 'path' | 'authority' | 'secret'
  /** Rejected without Orthanc unless it is off; not applied live if Orthanc was added or removed. */
  readonly needsOrthanc?: true
  /** How check-config checks the value, or each value of a list. */
  readonly probe?: ProbeName
  /** Other names that people use, for example `Results.Labels`; check-config then suggests this setting. */
  readonly otherNames?: readonly string[]
}

interface SectionNature {
  readonly description: string
  /** An archive. The settings must have one, or Intake.Qido. */
  readonly suppliesImages?: true
  /** How check-config checks the section as a whole. */
  readonly probe?: ProbeName
}

export type Nature = ({ readonly kind: 'setting' } & SettingNature) | ({ readonly kind: 'section' } & SectionNature)

declare const nature: unique symbol

/** Marks schemas with a declared nature; a section with any other schema does not compile. */
export interface Declared {
  readonly [nature]: true
}

const natures = z.registry<Nature>()

/** Declares one setting. */
export function setting<Schema extends z.ZodType>(schema: Schema, about: SettingNature): Schema & Declared {
  return declared(schema, { kind: 'setting', ...about })
}

/** Declares a section inside another; apply `.optional()` and `.prefault({})` first. */
export function subsection<Schema extends z.ZodType>(schema: Schema, about: SectionNature): Schema & Declared {
  return declared(schema, { kind: 'section', ...about })
}

/** A section of declared settings. Unknown keys are errors, so that a misspelt setting is not silently ignored. */
export function section<Shape extends Readonly<Record<string, z.ZodType & Declared>>>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape)
}

/** The declared nature of this schema object. */
export function natureOf(schema: z.core.$ZodType): Nature | undefined {
  return natures.get(schema)
}

function declared<Schema extends z.ZodType>(schema: Schema, about: Nature): Schema & Declared {
  const described = schema.describe(about.description)
  natures.add(described, about)
  return described as Schema & Declared
}
