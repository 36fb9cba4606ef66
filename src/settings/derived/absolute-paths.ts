import { isAbsolute, join } from 'node:path'
import { settingsAmong } from '../declarations.ts'
import { valueAt, withValueAt } from '../setting-values.ts'
import { type Settings, declarations } from '../settings.ts'

const paths = settingsAmong(declarations).filter(
  ({ nature }) => nature.holds === 'path' || nature.holds === 'authority',
)

/** Resolves relative paths against the folder of the configuration, as Orthanc does. */
export function withAbsolutePaths(settings: Settings, baseDir: string): Settings {
  return paths.reduce((made, { path }) => {
    const file = valueAt(made, path)
    return typeof file !== 'string' || isAbsolute(file) ? made : withValueAt(made, path, join(baseDir, file))
  }, settings)
}
