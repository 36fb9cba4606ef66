import type { z } from 'zod'
import { type Declaration, settingsAmong } from '../declarations.ts'
import { valueAt } from '../setting-values.ts'

/**
 * Runs even if other settings are invalid, so that all problems are reported together. Any part may therefore be
 * missing.
 */
const always = { when: () => true }

/** Adds two checks: an archive is set, and settings that need Orthanc have it. */
export function refusedWithoutOrthanc<Section extends z.ZodObject>(
  section: Section,
  declarations: readonly Declaration[],
): Section {
  const archives = declarations.filter(({ nature }) => nature.kind === 'section' && nature.suppliesImages === true)
  const sources = [...archives.map(({ path }) => path), ['Intake', 'Qido']]
  const withArchive = section.refine((value) => sources.some((path) => valueAt(value, path) !== undefined), {
    ...always,
    path: ['Orthanc'],
    error: 'is missing: set it, or set Intake.Qido for an archive other than Orthanc',
  })
  return settingsAmong(declarations)
    .filter(({ nature }) => nature.needsOrthanc === true)
    .reduce(
      (schema, { path }) =>
        schema.refine((value) => hasOrthanc(value) || isOff(valueAt(value, path)), {
          ...always,
          path: [...path],
          error: 'needs the Orthanc section, which is missing; add it or turn this setting off',
        }),
      withArchive,
    )
}

/** Whether the archive is an Orthanc. */
export function hasOrthanc(settings: unknown): boolean {
  return valueAt(settings, ['Orthanc']) !== undefined
}

function isOff(value: unknown): boolean {
  return value === undefined || value === false || (Array.isArray(value) && value.length === 0)
}
