import { z } from 'zod'

/**
 * A setting is declared once, in the file of its section: its zod schema (type, default, limits) and its nature. Everything else is
 * derived from that in `derived/`: JSON Schema, docs/settings.md, check-config, absolute paths, reload, trusted authorities.
 */

/** Servers that the settings name; `probes/server-probes.ts` asks them. */
export type ServerProbe = 'orthanc' | 'orthanc-modality' | 'dicomweb' | 'fhir' | 'redis' | 'hl7'

/** Files that the settings name; `probes/file-probes.ts` looks at them. */
export type FileProbe = 'file' | 'parent-folder' | 'model-folder' | 'certificate'

export type ProbeName = ServerProbe | FileProbe

export interface SettingNature {
  /** For the person who sets it. */
  readonly description: string
  /** `live`: for the next study once the configuration is read again; never where a connection, file or loaded model depends on it. */
  readonly takesEffect: 'live' | 'restart'
  /** `path`: relative to the configuration. `authority`: such a path, to a CA file that TLS clients trust. `secret`: never shown. */
  readonly holds?: 'path' | 'authority' | 'secret'
  /** Refused where Orthanc is not set, unless it is off; not taken over live where Orthanc was added or removed. */
  readonly needsOrthanc?: true
  /** How check-config checks the value, or each value of a list. */
  readonly probe?: ProbeName
  /** What others call it, for example `Results.Labels`: check-config then names this setting. */
  readonly otherNames?: readonly string[]
}

export interface SectionNature {
  readonly description: string
  /** How check-config checks the section as a whole. */
  readonly probe?: ProbeName
}

export type Nature = ({ readonly kind: 'setting' } & SettingNature) | ({ readonly kind: 'section' } & SectionNature)

declare const nature: unique symbol

/** Marks schemas whose nature is declared, so that a section with any other does not compile. */
export interface Declared {
  readonly [nature]: true
}

const natures = z.registry<Nature>()

/** Declares one setting. */
export function setting<Schema extends z.ZodType>(schema: Schema, about: SettingNature): Schema & Declared {
  return declared(schema, { kind: 'setting', ...about })
}

/** Declares a section inside another; `.optional()` and `.prefault({})` come before. */
export function subsection<Schema extends z.ZodType>(schema: Schema, about: SectionNature): Schema & Declared {
  return declared(schema, { kind: 'section', ...about })
}

/** A section of declared settings. Unknown keys are errors, so that a misspelt setting is not silently the default. */
export function section<Shape extends Readonly<Record<string, z.ZodType & Declared>>>(
  shape: Shape,
): z.ZodObject<Shape, z.core.$strict> {
  return z.strictObject(shape)
}

/** What was declared of this very schema. */
export function natureOf(schema: z.core.$ZodType): Nature | undefined {
  return natures.get(schema)
}

function declared<Schema extends z.ZodType>(schema: Schema, about: Nature): Schema & Declared {
  const described = schema.describe(about.description)
  natures.add(described, about)
  return described as Schema & Declared
}
