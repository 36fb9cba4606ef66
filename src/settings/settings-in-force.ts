import type { Settings } from './settings.ts'
import type { Log } from '../log.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'
import type { SettingsReading } from './read-settings.ts'
import { settingsChange } from './derived/settings-change.ts'

/** What of the configuration does not hold as it is written now. */
export interface PendingSettings {
  /** Paths of settings that hold after a restart. */
  readonly needRestart: readonly string[]
  /** Why the configuration as a whole was refused, so that the one before holds. */
  readonly problems: readonly ConfigurationProblem[]
}

/**
 * The settings that hold now. Whoever begins something asks for them anew and keeps what it got: a study under way ends as it began.
 */
export class SettingsInForce {
  #settings: Settings
  #pending: PendingSettings = { needRestart: [], problems: [] }
  /** What was read last, so that the same is told once. */
  #lastRead: string

  constructor(settings: Settings) {
    this.#settings = settings
    this.#lastRead = JSON.stringify({ kind: 'valid', settings } satisfies SettingsReading)
  }

  get now(): Settings {
    return this.#settings
  }

  get pending(): PendingSettings {
    return this.#pending
  }

  /** Something that is built from the settings, and anew once others hold. */
  built<Built>(build: (settings: Settings) => Built): () => Built {
    let latest = { settings: this.#settings, value: build(this.#settings) }
    return () => {
      if (latest.settings !== this.#settings) latest = { settings: this.#settings, value: build(this.#settings) }
      return latest.value
    }
  }

  /** Takes over what can be without a restart; of a configuration with problems, nothing. */
  takeOver(reading: SettingsReading, log: Log): void {
    const read = JSON.stringify(reading)
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

/** What people are told of settings that are pending; undefined where none are. */
export function describePending({ needRestart, problems }: PendingSettings): string | undefined {
  if (problems.length > 0) {
    const [first, ...others] = problems.map(describeProblem)
    const more = others.length === 0 ? '' : ` and ${others.length} more`
    return `The changed configuration is refused (${first ?? ''}${more}); the settings before it still hold.`
  }
  return needRestart.length === 0 ? undefined : `Needs restart: ${needRestart.join(', ')}.`
}
