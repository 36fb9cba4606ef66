import { setTimeout as pause } from 'node:timers/promises'
import { z } from 'zod'
import { TriageError } from '../errors/triage-error.ts'
import { exchangeJson } from '../clients/http/exchange.ts'
import { type HttpService, httpService } from '../clients/http/http-service.ts'
import type { Clock } from '../clock.ts'
import { pluginKeyMissing } from './errors.ts'
import { orthancSettingsIn } from './orthanc-settings.ts'
import { type SettingsReading, type ValidSettings, requireValid, settingsOf } from './read-settings.ts'
import { signedHeaders } from '../clients/http/request-signature.ts'

const path = '/lung-triage-settings'

/** The plugin's answer: our section, the folder that its relative paths start from, and settings of Orthanc itself. */
const passedOn = z.object({
  LungTriage: z.unknown(),
  Directory: z.string(),
  /** Absent from the plugin of an earlier version. */
  Orthanc: z.record(z.string(), z.unknown()).default({}),
})

/** How the service and the Orthanc plugin authenticate to each other. */
interface PluginAccess {
  /** Root of Orthanc's REST API. */
  readonly url: string
  /** Shared with the plugin. */
  readonly key: string
  readonly username: string
  readonly password: string
}

/**
 * The plugin's key and our Orthanc user, from the environment: the settings that hold them are not read yet.
 * @throws CONFIGURATION_PLUGIN_KEY_MISSING
 */
export function pluginAccess(url: string, environment: Readonly<Record<string, string | undefined>>): PluginAccess {
  const key = environment['LUNG_TRIAGE_PLUGIN_KEY'] ?? ''
  if (key === '') throw pluginKeyMissing()
  const username = environment['LUNG_TRIAGE_ORTHANC_USERNAME'] ?? ''
  return { url, key, username, password: environment['LUNG_TRIAGE_ORTHANC_PASSWORD'] ?? '' }
}

export interface PluginSettingsOptions {
  readonly clock: Clock
  /** A new unguessable text without a line break. */
  readonly newNonce: () => string
  /** Stops waiting for Orthanc. */
  readonly signal: AbortSignal
  /** Called at each failure before the next try. */
  readonly onWait: (message: string) => void
}

const retryPauseMs = 2000

/** @throws CONFIGURATION_INVALID, and HTTP_* errors that are permanent */
export async function requirePluginSettings(
  access: PluginAccess,
  options: PluginSettingsOptions,
): Promise<ValidSettings> {
  return requireValid(await readPluginSettings(access, options))
}

/**
 * Reads the settings from the Orthanc plugin. Waits until Orthanc answers, so the start order does not matter.
 * @throws HTTP_* errors that are permanent
 */
export async function readPluginSettings(
  access: PluginAccess,
  options: PluginSettingsOptions,
): Promise<SettingsReading> {
  const { url, username, password } = access
  const credentials = username === '' ? ({ kind: 'none' } as const) : ({ kind: 'basic', username, password } as const)
  const orthanc = httpService({ name: 'Orthanc', url, credentials, timeoutMs: 10_000 })
  for (;;) {
    try {
      const { LungTriage, Directory, Orthanc } = await askPlugin(orthanc, access.key, options)
      const reading = settingsOf(LungTriage, Directory, orthancSettingsIn(Orthanc))
      if (reading.kind === 'invalid') return reading
      const { settings } = reading
      return { ...reading, settings: { ...settings, Plugin: { ...settings.Plugin, Key: access.key } } }
    } catch (error) {
      options.signal.throwIfAborted()
      if (!(error instanceof TriageError && error.failureClass === 'transient')) throw error
      options.onWait(error.message)
      await pause(retryPauseMs, undefined, { signal: options.signal })
    }
  }
}

function askPlugin(
  orthanc: HttpService,
  key: string,
  { clock, newNonce, signal }: PluginSettingsOptions,
): Promise<z.output<typeof passedOn>> {
  const fields = {
    method: 'GET',
    path,
    actor: 'service',
    time: String(clock.now().getTime()),
    nonce: newNonce(),
  } as const
  const request = { method: 'GET', path, effect: 'read', maxBytes: 2 ** 20, signal } as const
  return exchangeJson(orthanc, { ...request, headers: signedHeaders(key, fields) }, passedOn)
}
