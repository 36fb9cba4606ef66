import { randomBytes } from 'node:crypto'
import { systemClock } from '../../clock.ts'
import { type ChangeSignal, every, filesChanged, followSettings, hangUpSignal } from '../../settings/follow-settings.ts'
import {
  type PluginSettingsOptions,
  pluginAccess,
  readPluginSettings,
  requirePluginSettings,
} from '../../settings/plugin-settings.ts'
import { type SettingsReading, type ValidSettings, readSettings, requireValid } from '../../settings/read-settings.ts'
import type { CommandOutput } from '../command-output.ts'

/** Source of the service's settings: Orthanc's files, or the plugin of the Orthanc at an address. */
export type SettingsSource =
  { readonly kind: 'files'; readonly path: string } | { readonly kind: 'plugin'; readonly url: string }

/**
 * Reads the settings. Waits while Orthanc does not answer.
 * @returns undefined if stopped before the plugin answers
 * @throws CONFIGURATION_*, and HTTP_* errors that are permanent
 */
export async function settingsFrom(
  source: SettingsSource,
  stopping: AbortSignal,
  output: CommandOutput,
): Promise<ValidSettings | undefined> {
  if (source.kind === 'files') return requireValid(await readSettings(source.path, process.env))
  const onWait = (message: string): void => {
    output.progress(`Waiting for Orthanc: ${message}`)
  }
  try {
    return await requirePluginSettings(pluginAccess(source.url, process.env), pluginOptions(stopping, onWait))
  } catch (error) {
    if (stopping.aborted) return undefined
    throw error
  }
}

/**
 * Reads the settings again whenever they may have changed.
 * @returns a function that stops it
 */
export async function followSource(
  source: SettingsSource,
  takeOver: (reading: SettingsReading) => Promise<void>,
): Promise<() => Promise<void>> {
  const signals = await changeSignals(source)
  return followSettings({ signals, read: (signal) => readAgain(source, signal), takeOver })
}

/** Poll interval for the plugin: Orthanc may have restarted with different settings. */
const askPluginEveryMs = 60_000
/** Interval for reading files again, because a file watcher can miss changes. */
const readFilesEveryMs = 600_000

async function changeSignals(source: SettingsSource): Promise<readonly ChangeSignal[]> {
  if (source.kind === 'plugin') return [hangUpSignal, every(askPluginEveryMs)]
  return [hangUpSignal, await filesChanged(source.path), every(readFilesEveryMs)]
}

function readAgain(source: SettingsSource, signal: AbortSignal): Promise<SettingsReading> {
  if (source.kind === 'files') return readSettings(source.path, process.env)
  return readPluginSettings(
    pluginAccess(source.url, process.env),
    pluginOptions(signal, () => undefined),
  )
}

function pluginOptions(signal: AbortSignal, onWait: (message: string) => void): PluginSettingsOptions {
  return { clock: systemClock, newNonce: () => randomBytes(16).toString('hex'), signal, onWait }
}
