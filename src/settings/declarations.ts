import { z } from 'zod'
import { type Nature, natureOf } from './setting.ts'

/** A setting or section with its path below `LungTriage` and its declared nature. */
export interface Declaration<Of extends Nature = Nature> {
  readonly path: readonly string[]
  readonly nature: Of
  readonly schema: z.core.$ZodType
}

export type DeclaredSetting = Declaration<Extract<Nature, { kind: 'setting' }>>

/**
 * All declarations in a section, in order; a section comes before its contents.
 * @throws Error if a part of the schema has no nature of its kind: a bug
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

/** The sections that the value can be; empty for a setting. */
function sectionsIn(schema: z.core.$ZodType): readonly z.ZodObject<Shape>[] {
  if (schema instanceof z.ZodObject) return [schema]
  if (schema instanceof z.ZodUnion) return schema.options.flatMap(sectionsIn)
  if (schema instanceof z.ZodPipe) return sectionsIn(schema.in)
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodDefault || schema instanceof z.ZodPrefault)
    return sectionsIn(schema.unwrap())
  return []
}
