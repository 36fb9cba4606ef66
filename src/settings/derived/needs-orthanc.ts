import type { z } from 'zod'
import { type Declaration, settingsAmong } from '../declarations.ts'
import { valueAt } from '../setting-values.ts'

/** Checked also where other settings are wrong, so that all problems are seen at once; any part of the section may then be missing. */
const always = { when: () => true }

/** The section with the checks that it has an archive, and that what needs Orthanc has it. */
export function refusedWithoutOrthanc<Section extends z.ZodObject>(
  section: Section,
  declarations: readonly Declaration[],
): Section {
  const withArchive = section.refine((value) => hasOrthanc(value) || valueAt(value, ['Intake', 'Qido']) !== undefined, {
    ...always,
    path: ['Orthanc'],
    error: 'is not set, and so is not Intake.Qido, for archives other than Orthanc',
  })
  return settingsAmong(declarations)
    .filter(({ nature }) => nature.needsOrthanc === true)
    .reduce(
      (schema, { path }) =>
        schema.refine((value) => hasOrthanc(value) || isOff(valueAt(value, path)), {
          ...always,
          path: [...path],
          error: 'needs Orthanc, which is not set',
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
