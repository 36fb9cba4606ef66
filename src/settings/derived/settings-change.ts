import { settingsAmong } from '../declarations.ts'
import { valueAt, withValueAt } from '../setting-values.ts'
import { type Settings, declarations } from '../settings.ts'
import { hasOrthanc } from './needs-orthanc.ts'

/** What becomes of settings that were read while the service runs. */
export interface SettingsChange {
  /** Those that hold from now on. */
  readonly settings: Settings
  /** Paths of what is new in them, as `Results.Segmentation`. */
  readonly takenOver: readonly string[]
  /** Paths of what was read and holds after a restart only. */
  readonly needRestart: readonly string[]
}

/** Takes over what is declared as live. */
export function settingsChange(running: Settings, read: Settings): SettingsChange {
  const settings = withLiveSettings(running, read)
  return { settings, takenOver: differences(running, settings), needRestart: differences(settings, read) }
}

/** A section that came or went, as Intake.Qido can, is left to a restart. */
function withLiveSettings(running: Settings, read: Settings): Settings {
  // What needs Orthanc was checked against the archive that was read with it, which is not the running one then.
  const sameArchive = hasOrthanc(running) === hasOrthanc(read)
  return settingsAmong(declarations)
    .filter(({ nature }) => nature.takesEffect === 'live' && (sameArchive || nature.needsOrthanc !== true))
    .filter(({ path }) => valueAt(read, path.slice(0, -1)) !== undefined)
    .reduce((settings, { path }) => withValueAt(settings, path, valueAt(read, path)), running)
}

/** Paths of the settings that differ, and never their values: some are secrets. */
function differences(one: Settings, other: Settings): string[] {
  const [ones, others] = [leavesOf(one, ''), leavesOf(other, '')]
  const paths = new Set([...ones.keys(), ...others.keys()])
  return [...paths].filter((path) => ones.get(path) !== others.get(path)).sort()
}

/** Lists are whole settings. */
function leavesOf(value: unknown, path: string): Map<string, string | undefined> {
  if (value === undefined) return new Map()
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
