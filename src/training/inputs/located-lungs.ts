import { appendFileSync, existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { Piscina } from 'piscina'
import { z } from 'zod'
import type { ImageLungs } from './image-lungs.ts'
import { type ImageSource, sourceKey } from './image-source.ts'
import { readLungAtlas } from './lung-atlas-file.ts'
import { sourceDigest } from './source-digest.ts'

/** Lungs located with the atlas. If they are not found, the box is the whole image. */
export interface LocatedLungs extends ImageLungs {
  readonly found: boolean
  readonly quality: number
}

/** Returns the lungs of an image that has been located. */
export type LungsOf = (source: ImageSource) => LocatedLungs

const cachedLine = z.object({
  source: z.string(),
  found: z.boolean(),
  quality: z.number(),
  box: z.object({ x: z.number(), y: z.number(), width: z.number(), height: z.number() }),
  outline: z.array(z.tuple([z.number(), z.number()])).optional(),
})

export interface LocateOptions {
  readonly atlasDir: string
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
}

/** Locates lungs in worker threads; `close` ends them. */
export interface LungLocator {
  locate(sources: readonly ImageSource[]): Promise<LungsOf>
  close(): Promise<void>
}

/**
 * Opens a locator that writes each result to a disk cache immediately, so that an interrupted run resumes. A different
 * atlas or changed localisation code uses a new cache file.
 */
export async function openLungLocator(options: LocateOptions): Promise<LungLocator> {
  const { atlasDir, cacheDir, threads, progress } = options
  const { sha256 } = await readLungAtlas(atlasDir)
  const code = [
    'analyse/network-input.ts',
    'lungs',
    'classify/preprocess.ts',
    'classify/lung-hull.ts',
    'pixels/square-frame.ts',
    'pixels/area-average.ts',
    'pixels/kernel',
    'training/data/read-image.ts',
    'training/inputs/image-source.ts',
    'training/inputs/located-lungs-worker.ts',
  ]
  mkdirSync(cacheDir, { recursive: true })
  const cacheFile = join(cacheDir, `located-lungs-${sourceDigest(code, sha256).slice(0, 12)}.jsonl`)
  const bySource = readCache(cacheFile)
  const lungsOf: LungsOf = (source) => bySource.get(sourceKey(source))!
  const pool = new Piscina<ImageSource, LocatedLungs>({
    filename: new URL('located-lungs-worker.ts', import.meta.url).href,
    workerData: { atlasDir },
    // Starts no thread if all results are cached.
    minThreads: 0,
    maxThreads: threads,
    idleTimeout: 60_000,
  })
  return {
    async locate(sources) {
      const missing = sources.filter((source) => !bySource.has(sourceKey(source)))
      let done = 0
      await Promise.all(
        missing.map(async (source) => {
          const located = await pool.run(source)
          bySource.set(sourceKey(source), located)
          appendFileSync(cacheFile, `${JSON.stringify({ source: sourceKey(source), ...located })}\n`)
          if (++done % 250 === 0) progress(`lungs located on ${done} of ${missing.length} images`)
        }),
      )
      return lungsOf
    },
    close: () => pool.destroy(),
  }
}

/** Locates the lungs of a fixed list of images. */
export async function locateAllLungs(sources: readonly ImageSource[], options: LocateOptions): Promise<LungsOf> {
  const locator = await openLungLocator(options)
  try {
    return await locator.locate(sources)
  } finally {
    await locator.close()
  }
}

function readCache(file: string): Map<string, LocatedLungs> {
  if (!existsSync(file)) return new Map()
  const text = readFileSync(file, 'utf8')
  // Ignores a last line without a line break: writing it was interrupted.
  const lines = text.slice(0, text.lastIndexOf('\n') + 1).split('\n')
  return new Map(
    lines
      .filter((line) => line !== '')
      .map((line) => cachedLine.parse(JSON.parse(line)))
      .map(({ source, ...located }) => [source, located]),
  )
}
