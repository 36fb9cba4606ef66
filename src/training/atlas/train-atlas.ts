import { mkdir } from 'node:fs/promises'
import { writeAtlas } from './atlas-files.ts'
import { type AtlasMeasures, measureAtlas } from './atlas-measures.ts'
import { type CachedCrossFitOptions, freshCrossFit } from './cross-fit-cache.ts'

interface TrainAtlasOptions extends CachedCrossFitOptions {
  /** Folder for the atlas's files. */
  readonly outDir: string
}

/**
 * Trains the lung atlas on the training children with a certain mask, measures it on unseen children, and writes
 * `manifest.json`, `atlas.bin`, `MODEL_CARD.md` and `contact-sheet.png`. The same data and seed give the same bytes
 * only on the same kind of processor, because ONNX Runtime's order of summation depends on it.
 */
export async function trainAtlas({ outDir, ...options }: TrainAtlasOptions): Promise<AtlasMeasures> {
  const fitted = await freshCrossFit(options)
  const measures = measureAtlas(fitted.parts)
  const { learning } = fitted
  await mkdir(outDir, { recursive: true })
  await writeAtlas(outDir, {
    ...fitted,
    measures,
    seed: options.seed,
    counts: {
      learningImages: learning.length,
      learningChildren: new Set(learning.map(({ patient }) => patient)).size,
    },
  })
  return measures
}
