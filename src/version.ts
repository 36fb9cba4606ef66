import { readFileSync } from 'node:fs'

/** The version of this program in package.json. */
export function programVersion(): string {
  const packageJson = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
  return (JSON.parse(packageJson) as { version: string }).version
}
