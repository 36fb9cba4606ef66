import { settingsAmong } from '../declarations.ts'
import { declarations } from '../settings.ts'

/** What is said of a key that no setting has; with the setting to use, where people know it under another name. */
export function describeUnknownSetting(path: string): string {
  const known = settingsAmong(declarations)
    .filter(({ nature }) => nature.otherNames?.some((name) => `LungTriage.${name}` === path))
    .map((declaration) => `LungTriage.${declaration.path.join('.')}`)
  return known.length === 0 ? 'is not a known setting' : `is not a known setting; use ${known.join(' or ')}`
}
