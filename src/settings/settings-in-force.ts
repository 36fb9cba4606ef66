import type { Settings } from './settings.ts'
import type { Log } from '../log.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'
import type { SettingsReading } from './read-settings.ts'
import { settingsChange } from './derived/settings-change.ts'

/** The part of the configuration that is not in force. */
export interface PendingSettings {
  /** Paths of the settings that need a restart. */
  readonly needRestart: readonly string[]
  /** Why the configuration was rejected; the previous one remains in force. */
  readonly problems: readonly ConfigurationProblem[]
}

/** The settings in force. Each study reads them once at its start, so a change never affects a study in progress. */
export class SettingsInForce {
  #settings: Settings
  #pending: PendingSettings = { needRestart: [], problems: [] }
  /** The last reading, so that identical readings are logged only once. */
  #lastRead: string

  constructor(settings: Settings) {
    this.#settings = settings
    this.#lastRead = JSON.stringify(settings)
  }

  get now(): Settings {
    return this.#settings
  }

  get pending(): PendingSettings {
    return this.#pending
  }

  /** A value built from the settings, rebuilt when they change. */
  built<Built>(build: (settings: Settings) => Built): () => Built {
    let latest = { settings: this.#settings, value: build(this.#settings) }
    return () => {
      if (latest.settings !== this.#settings) latest = { settings: this.#settings, value: build(this.#settings) }
      return latest.value
    }
  }

  /** Applies the changes that need no restart; applies nothing from a configuration with problems. */
  takeOver(reading: SettingsReading, log: Log): void {
    const read = JSON.stringify(reading.kind === 'valid' ? reading.settings : reading.problems)
    if (read === this.#lastRead) return
    this.#lastRead = read
    if (reading.kind === 'invalid') {
      this.#pending = { ...this.#pending, problems: reading.problems }
      for (const problem of reading.problems) log.warn('settings.refused', { reason: describeProblem(problem) })
      return
    }
    const { settings, takenOver, needRestart } = settingsChange(this.#settings, reading.settings)
    this.#settings = settings
    this.#pending = { needRestart, problems: [] }
    if (takenOver.length + needRestart.length === 0) log.info('settings.unchanged')
    if (takenOver.length > 0) log.info('settings.taken-over', { settings: takenOver.join(', ') })
    if (needRestart.length > 0) log.warn('settings.need-restart', { settings: needRestart.join(', ') })
  }
}

function describeProblem({ path, message }: ConfigurationProblem): string {
  return `${path}: ${message}`
}

/** The message about pending settings; undefined if there are none. */
export function describePending({ needRestart, problems }: PendingSettings): string | undefined {
  if (problems.length > 0) {
    const [first, ...others] = problems.map(describeProblem)
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return `The changed configuration was rejected (${first ?? ''}${more}); the previous settings remain in force.`
  }
  return needRestart.length === 0 ? undefined : `Restart the service to apply: ${needRestart.join(', ')}.`
}
