import { mkdir } from 'node:fs/promises'
import { writeAtlas } from './atlas-files.ts'
import { type AtlasMeasures, measureAtlas } from './atlas-measures.ts'
import { type CachedCrossFitOptions, freshCrossFit } from './cross-fit-cache.ts'

interface TrainAtlasOptions extends CachedCrossFitOptions {
  /** Folder for the atlas's files. */
  readonly outDir: string
}

/**
 * Learns the lung atlas from the training children with a certain mask, measures it on children it has not seen, and writes
 * `manifest.json`, `atlas.bin`, `MODEL_CARD.md` and `contact-sheet.png`. The same data and seed give the same bytes on the
 * same kind of processor: ONNX Runtime adds in the order that suits the processor.
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
