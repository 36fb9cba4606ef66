import type { TrustGate } from '../../../lungs/trust.ts'
import { modelDir } from '../../../analyse/model-folder.ts'
import { type AnnotatedFrame, type AnnotatedSource, readAnnotated, testSources } from '../../atlas/annotated-frame.ts'
import { startAtlasWorkers } from '../../atlas/atlas-workers.ts'
import { cachedCrossFit } from '../../atlas/cross-fit-cache.ts'
import type { JudgedCase } from '../../atlas/gate.ts'
import type { JudgedImage } from '../../atlas/judge.ts'
import { toTrainedLocaliser } from '../../atlas/trained-localiser.ts'
import { readLungAtlas } from '../../inputs/lung-atlas-file.ts'
import { judgeMontgomery } from './montgomery.ts'

/** Radiographs localised by an atlas that was trained without them, and its trust gate. */
export interface JudgedSet {
  readonly images: readonly { readonly judged: JudgedImage; readonly read: () => Promise<AnnotatedFrame> }[]
  /** The images and planted failures to test the gate on; empty if there is no gate. */
  readonly cases: readonly JudgedCase[]
  readonly gate: TrustGate | undefined
}

export interface JudgeOptions {
  /** Folder with `kermany.csv` and `atlas-montgomery`. */
  readonly dataDir: string
  readonly split: 'train' | 'validation' | 'test'
  /** A lung atlas below `models/`, or `montgomery` for leave-one-out on the adult pairs. */
  readonly atlas: string
  readonly cacheDir: string
  readonly threads: number
  readonly progress: (text: string) => void
}

/** Seed of the folds and the planted cases: the default seed of `train atlas`. */
const seed = 1

export async function judgedSets(options: JudgeOptions): Promise<JudgedSet[]> {
  if (options.atlas === 'montgomery') return [await montgomerySet(options)]
  return options.split === 'test' ? [await testSet(options)] : trainingSets(options)
}

/**
 * Training children with a certain mask, each localised by an atlas trained without its fold.
 * `validation` takes only the held-out children.
 */
async function trainingSets(options: JudgeOptions): Promise<JudgedSet[]> {
  const { parts } = await cachedCrossFit({ ...options, seed })
  return parts
    .filter(({ part }) => options.split === 'train' || part === 'held-out')
    .map(({ sources, images, cases, gate }) => ({ images: withSources(images, sources), cases, gate }))
}

/** The test radiographs, localised by the released atlas. */
async function testSet({ dataDir, atlas: name, threads, progress }: JudgeOptions): Promise<JudgedSet> {
  const sources = await testSources(dataDir)
  const { atlas } = await readLungAtlas(modelDir(name))
  const localiser = toTrainedLocaliser(atlas)
  const workers = startAtlasWorkers(threads)
  try {
    progress(`localising ${sources.length} radiographs`)
    const chunks = Array.from({ length: threads }, (_, chunk) =>
      sources.filter((_, index) => index % threads === chunk),
    )
    const tasks = chunks.map((chunk, index) => ({ sources: chunk, localiser, seed: seed + 10_000 * index }))
    const images = await Promise.all(tasks.map((task) => workers.run('judgeAll', task)))
    progress('localising planted failures')
    const planted = await Promise.all(tasks.map((task) => workers.run('judgeAllPlanted', task)))
    return {
      images: withSources(images.flat(), chunks.flat()),
      cases: [...images.flat().map((image) => image.case), ...planted.flat()],
      gate: atlas.gate,
    }
  } finally {
    await workers.close()
  }
}

async function montgomerySet({ dataDir, progress }: JudgeOptions): Promise<JudgedSet> {
  const judged = await judgeMontgomery(dataDir, progress)
  return {
    images: judged.map(({ image, ...one }) => ({ judged: one, read: () => Promise.resolve(image) })),
    cases: [],
    gate: undefined,
  }
}

function withSources(images: readonly JudgedImage[], sources: readonly AnnotatedSource[]): JudgedSet['images'] {
  return images.map((judged, index) => ({ judged, read: () => readAnnotated(sources[index]!) }))
}
