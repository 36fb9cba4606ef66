import { createHash } from 'node:crypto'
import { readFileSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const sources = fileURLToPath(new URL('../../', import.meta.url))

/**
 * Digest of the source text of files or folders below `src/`. Caches are named after it, so that changed code never
 * reads results of earlier code.
 */
export function sourceDigest(paths: readonly string[], ...more: readonly string[]): string {
  const hash = createHash('sha256')
  for (const path of paths) {
    const files = path.endsWith('.ts')
      ? [path]
      : readdirSync(join(sources, path), { recursive: true, encoding: 'utf8' })
          .filter((name) => name.endsWith('.ts'))
          .sort()
          .map((name) => join(path, name))
    for (const file of files) hash.update(readFileSync(join(sources, file)))
  }
  for (const text of more) hash.update(`\n${text}`)
  return hash.digest('hex')
}
