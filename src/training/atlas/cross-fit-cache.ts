import { createHash } from 'node:crypto'
import { existsSync } from 'node:fs'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { deserialize, serialize } from 'node:v8'
import { sourceDigest } from '../inputs/source-digest.ts'
import { type CrossFit, type CrossFitOptions, crossFit } from './cross-fit.ts'

export interface CachedCrossFitOptions extends CrossFitOptions {
  /** Folder outside the project for the cached results. */
  readonly cacheDir: string
}

/** Runs the cross-fit and stores the result for `cachedCrossFit`. */
export async function freshCrossFit(options: CachedCrossFitOptions): Promise<CrossFit> {
  const file = await cacheFile(options)
  const fitted = await crossFit(options)
  await mkdir(options.cacheDir, { recursive: true })
  await writeFile(`${file}.part`, serialize(fitted))
  await rename(`${file}.part`, file)
  return fitted
}

/** The stored result for the same code, table and seed; runs the cross-fit if there is none. */
export async function cachedCrossFit(options: CachedCrossFitOptions): Promise<CrossFit> {
  const file = await cacheFile(options)
  // No validation: only this program writes the file, and any code change gives it a different name.
  if (existsSync(file)) return deserialize(await readFile(file)) as CrossFit
  return freshCrossFit(options)
}

async function cacheFile({ dataDir, cacheDir, seed }: CachedCrossFitOptions): Promise<string> {
  const table = createHash('sha256')
    .update(await readFile(join(dataDir, 'kermany.csv')))
    .digest('hex')
  const code = [
    'lungs',
    'training/atlas',
    'training/engine',
    'training/heads/standardisation.ts',
    'training/onnx/onnx-graph.ts',
    'training/statistics/boundary-distance.ts',
    'training/statistics/logistic-regression.ts',
    'training/statistics/overlap.ts',
    'pixels/square-frame.ts',
    'pixels/area-average.ts',
    'pixels/kernel',
    'training/data/read-image.ts',
    'training/data/random.ts',
  ]
  return join(cacheDir, `lung-folds-${sourceDigest(code, table, String(seed)).slice(0, 12)}.bin`)
}
