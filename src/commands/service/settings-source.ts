import { randomBytes } from 'node:crypto'
import { systemClock } from '../../clock.ts'
import { type ChangeSignal, every, filesChanged, followSettings, hangUpSignal } from '../../settings/follow-settings.ts'
import {
  type PluginSettingsOptions,
  pluginAccess,
  readPluginSettings,
  requirePluginSettings,
} from '../../settings/plugin-settings.ts'
import { type SettingsReading, readSettings, requireSettings } from '../../settings/read-settings.ts'
import type { Settings } from '../../settings/settings.ts'
import type { CommandOutput } from '../command-output.ts'

/** Where the service gets its settings: from Orthanc's files, or from the plugin inside the Orthanc at that address. */
export type SettingsSource =
  { readonly kind: 'files'; readonly path: string } | { readonly kind: 'plugin'; readonly url: string }

/**
 * Reads the settings, and waits for an Orthanc that does not answer.
 * @returns undefined when it is told to stop before the plugin answers
 * @throws CONFIGURATION_*, and HTTP_* errors that are permanent
 */
export async function settingsFrom(
  source: SettingsSource,
  stopping: AbortSignal,
  output: CommandOutput,
): Promise<Settings | undefined> {
  if (source.kind === 'files') return requireSettings(source.path, process.env)
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
 * @returns what ends that
 */
export async function followSource(
  source: SettingsSource,
  takeOver: (reading: SettingsReading) => Promise<void>,
): Promise<() => Promise<void>> {
  const signals = await changeSignals(source)
  return followSettings({ signals, read: (signal) => readAgain(source, signal), takeOver })
}

/** How often the plugin is asked whether Orthanc was started with other settings. */
const askPluginEveryMs = 60_000
/** How often files are read again whose changes may go unnoticed. */
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
