import { settingsAmong } from '../declarations.ts'
import { valueAt, withValueAt } from '../setting-values.ts'
import { type Settings, declarations } from '../settings.ts'
import { hasOrthanc } from './needs-orthanc.ts'

/** The effect of settings that are read while the service runs. */
interface SettingsChange {
  /** The settings in force from now on. */
  readonly settings: Settings
  /** Paths of the settings that changed, for example `Results.Segmentation`. */
  readonly takenOver: readonly string[]
  /** Paths of the changes that take effect only after a restart. */
  readonly needRestart: readonly string[]
}

/** Applies the settings declared as live. */
export function settingsChange(running: Settings, read: Settings): SettingsChange {
  const settings = withLiveSettings(running, read)
  return { settings, takenOver: differences(running, settings), needRestart: differences(settings, read) }
}

/** A section that was added or removed, for example Intake.Qido, needs a restart. */
function withLiveSettings(running: Settings, read: Settings): Settings {
  // Settings that need Orthanc were checked against the archive read with them, not the running one.
  const sameArchive = hasOrthanc(running) === hasOrthanc(read)
  return settingsAmong(declarations)
    .filter(({ nature }) => nature.takesEffect === 'live' && (sameArchive || nature.needsOrthanc !== true))
    .filter(({ path }) => valueAt(read, path.slice(0, -1)) !== undefined)
    .reduce((settings, { path }) => withValueAt(settings, path, valueAt(read, path)), running)
}

/** Paths of the settings that differ, never their values: some are secrets. */
function differences(one: Settings, other: Settings): string[] {
  const [ones, others] = [leavesOf(one, ''), leavesOf(other, '')]
  const paths = new Set([...ones.keys(), ...others.keys()])
  return [...paths].filter((path) => ones.get(path) !== others.get(path)).sort()
}

/** A list counts as one setting. */
function leavesOf(value: unknown, path: string): Map<string, string | undefined> {
  if (value === undefined) return new Map()
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    return new Map([[path, JSON.stringify(value)]])
  return new Map(
    Object.entries(value).flatMap(([key, inner]) => [...leavesOf(inner, path === '' ? key : `${path}.${key}`)]),
  )
}
