import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type LungAtlas, parseLungAtlas } from '../../lungs/atlas/atlas.ts'

/** Reads a lung atlas for training; unlike serving, accepts any atlas and not only the one a model requires. */
export async function readLungAtlas(dir: string): Promise<{ readonly atlas: LungAtlas; readonly sha256: string }> {
  const weights = await readFile(join(dir, 'atlas.bin'))
  const manifest: unknown = JSON.parse(await readFile(join(dir, 'manifest.json'), 'utf8'))
  return {
    atlas: parseLungAtlas(manifest, weights),
    sha256: createHash('sha256').update(weights).digest('hex'),
  }
}
