import { z } from 'zod'
import { type Nature, natureOf } from './setting.ts'

/** A setting or section where it stands: its path below `LungTriage`, and what was declared of it. */
export interface Declaration<Of extends Nature = Nature> {
  readonly path: readonly string[]
  readonly nature: Of
  readonly schema: z.core.$ZodType
}

export type DeclaredSetting = Declaration<Extract<Nature, { kind: 'setting' }>>

/**
 * Everything that is declared in a section, in order, sections before what is in them.
 * @throws Error where a part of the schema has no nature of its kind: that is a mistake of ours
 */
export function declarationsOf(schema: z.core.$ZodType, path: readonly string[] = []): readonly Declaration[] {
  return sectionsIn(schema).flatMap((section) =>
    Object.entries(section.shape).flatMap(([name, inner]) => {
      const declaration = declarationAt([...path, name], inner)
      return [declaration, ...declarationsOf(inner, declaration.path)]
    }),
  )
}

function declarationAt(path: readonly string[], schema: z.core.$ZodType): Declaration {
  const nature = natureOf(schema)
  const kind = sectionsIn(schema).length > 0 ? 'section' : 'setting'
  if (nature?.kind !== kind) throw new Error(`${path.join('.')} is a ${kind} without a declared nature`)
  return { path, nature, schema }
}

/** The settings among declarations. */
export function settingsAmong(declarations: readonly Declaration[]): readonly DeclaredSetting[] {
  return declarations.filter((one): one is DeclaredSetting => one.nature.kind === 'setting')
}

type Shape = Readonly<Record<string, z.core.$ZodType>>

/** The sections that a value may be; none for a setting. */
function sectionsIn(schema: z.core.$ZodType): readonly z.ZodObject<Shape>[] {
  if (schema instanceof z.ZodObject) return [schema]
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(sectionsIn)
  if (schema instanceof z.ZodPipe) return sectionsIn(schema.in)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return sectionsIn(schema.unwrap())
  return []
}
