import { defineError } from '../errors/triage-error.ts'

export const configurationUnreadable = defineError(
  'CONFIGURATION_UNREADABLE',
  'permanent',
  (path: string, cause: string) => `The configuration ${path} cannot be read: ${cause}. Name a JSON file or a folder.`,
)

export const configurationInvalid = defineError(
  'CONFIGURATION_INVALID',
  'permanent',
  (problems: readonly string[]) => `The configuration has ${problems.length} problem(s):\n  ${problems.join('\n  ')}`,
)

export const pluginKeyMissing = defineError(
  'CONFIGURATION_PLUGIN_KEY_MISSING',
  'permanent',
  () =>
    'Set LUNG_TRIAGE_PLUGIN_KEY in the environment to the Plugin.Key of the section, so that the plugin knows this service.',
)
