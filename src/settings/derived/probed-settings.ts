import type { ProbeName } from '../setting.ts'
import { valueAt } from '../setting-values.ts'
import { type Settings, declarations } from '../settings.ts'

/** A value that can be checked: an address, a file, or one entry of a list. */
interface ProbedSetting {
  /** For example `LungTriage.Orthanc.Url` or `LungTriage.Results.SendTo.0`. */
  readonly path: string
  readonly probe: ProbeName
  /** Empty for a section. */
  readonly value: string
}

/** The values of these settings that can be checked, each with its probe. */
export function probedSettings(settings: Settings): readonly ProbedSetting[] {
  return declarations.flatMap(({ path: names, nature: { probe } }) => {
    const value = valueAt(settings, names)
    if (probe === undefined || value === undefined) return []
    const path = ['LungTriage', ...names].join('.')
    if (!Array.isArray(value)) return [{ path, probe, value: textOf(value) }]
    return value.map((one, index) => ({ path: `${path}.${index}`, probe, value: textOf(one) }))
  })
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}
