import { defineError } from '../errors/triage-error.ts'

export const configurationUnreadable = defineError(
  'CONFIGURATION_UNREADABLE',
  'permanent',
  (path: string, cause: string) =>
    `Cannot read the configuration ${path}: ${cause}. Give the path of a JSON file or a folder.`,
)

export const configurationInvalid = defineError(
  'CONFIGURATION_INVALID',
  'permanent',
  (problems: readonly string[]) => `The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
)

export const pluginKeyMissing = defineError(
  'CONFIGURATION_PLUGIN_KEY_MISSING',
  'permanent',
  () => 'The environment variable LUNG_TRIAGE_PLUGIN_KEY is not set. Set it to the value of LungTriage.Plugin.Key.',
)
