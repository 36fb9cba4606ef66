import type { Settings } from './settings.ts'

/** What becomes of settings that were read while the service runs. */
export interface SettingsChange {
  /** Those that hold from now on. */
  readonly settings: Settings
  /** Paths of what is new in them, as `Results.Segmentation`. */
  readonly takenOver: readonly string[]
  /** Paths of what was read and holds after a restart only. */
  readonly needRestart: readonly string[]
}

/**
 * Takes over what a study can be begun under and no connection, file or loaded model hangs on. Not among it are `Thresholds`: they are
 * part of the model's digest, which workers on other machines compare with their own.
 */
export function settingsChange(running: Settings, read: Settings): SettingsChange {
  const settings = withLiveSettings(running, read)
  return { settings, takenOver: differences(running, settings), needRestart: differences(settings, read) }
}

function withLiveSettings(running: Settings, read: Settings): Settings {
  const { Qido } = running.Intake
  return {
    ...running,
    Eligibility: read.Eligibility,
    // What only Orthanc can do was checked against the archive that was read with it, which is not the running one then.
    Results: sameArchive(running, read) ? read.Results : running.Results,
    Retention: read.Retention,
    Fhir: { ...running.Fhir, Task: read.Fhir.Task },
    Queue: { ...running.Queue, MaxAttempts: read.Queue.MaxAttempts },
    Intake: {
      ...running.Intake,
      PollSeconds: read.Intake.PollSeconds,
      Qido: Qido && { ...Qido, PollSeconds: read.Intake.Qido?.PollSeconds ?? Qido.PollSeconds },
    },
  }
}

function sameArchive(running: Settings, read: Settings): boolean {
  return (running.Orthanc === undefined) === (read.Orthanc === undefined)
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
