import { settingsAmong } from '../declarations.ts'
import { declarations } from '../settings.ts'

/** The problem with an unknown key, and the setting to use if the key is a known other name. */
export function describeUnknownSetting(path: string): string {
  const known = settingsAmong(declarations)
    .filter(({ nature }) => nature.otherNames?.some((name) => `LungTriage.${name}` === path))
    .map((declaration) => `LungTriage.${declaration.path.join('.')}`)
  return known.length === 0 ? 'is not a known setting' : `is not a known setting; use ${known.join(' or ')}`
}
