import { createHash } from 'node:crypto'
import type { InputSpec } from '../../classify/manifest.ts'
import { modelDir } from '../../analyse/model-folder.ts'
import { type TrunkSession, openTrunk } from './trunk.ts'
import { type LungLocator, openLungLocator } from '../inputs/located-lungs.ts'
import { prepareInput } from '../inputs/prepare-input.ts'
import { type KermanyRow, readKermany } from '../data/kermany.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { featureLine } from './feature-rows.ts'
import { FeatureParts } from './feature-parts.ts'
import type { PartQueue } from './feature-queue.ts'

interface FeatureFileOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  readonly split: 'train' | 'test'
  /** The text file to write. */
  readonly outFile: string
  readonly lungAtlas: string
  readonly trunk: Trunk
  readonly spec: InputSpec
  readonly cacheDir: string
  readonly threads: number
  /** Maximum number of images. */
  readonly limit: number
  readonly queueOf: (digest: string) => PartQueue
  readonly progress: (text: string) => void
}

/** Images per part: a few seconds of work, so that a killed process loses little. */
const partSize = 32

/**
 * Writes the features of every image of a split as text, one line per image. Several processes can share the work
 * through a queue. After an interruption, the next run computes only the missing parts.
 * @returns the number of images
 */
export async function writeFeatureFile(options: FeatureFileOptions): Promise<number> {
  const { dataDir, split, limit, outFile, progress } = options
  const rows = (await readKermany(dataDir)).filter((row) => row.split === split).slice(0, limit)
  const session = await openTrunk(options.trunk, options.spec.inputSize.width)
  const locator = await openLungLocator({ ...options, atlasDir: modelDir(options.lungAtlas) })
  try {
    const digest = digestOf(rows, session, options.spec)
    const parts = await FeatureParts.open(outFile, digest)
    if (await parts.isMerged()) return rows.length
    const count = Math.ceil(rows.length / partSize)
    const present = await parts.present()
    const missing = Array.from({ length: count }, (_, part) => part).filter((part) => !present.has(part))
    const work = async (part: number) => {
      const some = rows.slice(part * partSize, (part + 1) * partSize)
      const text = await featuresOf(some, { session, locator }, options.spec)
      await parts.write(part, text)
      progress(`part ${part + 1} of ${count} written`)
    }
    const isDone = async () => (await parts.isMerged()) || (await parts.present()).size === count
    await options.queueOf(digest).workOff(missing, work, isDone)
    await parts.merge(count)
    return rows.length
  } finally {
    await locator.close()
    await session.close()
  }
}

async function featuresOf(
  rows: readonly KermanyRow[],
  { session, locator }: { readonly session: TrunkSession; readonly locator: LungLocator },
  spec: InputSpec,
): Promise<string> {
  const sources = rows.map(({ image224 }) => ({ file: image224 }))
  const lungsOf = await locator.locate(sources)
  const inputs = await Promise.all(sources.map(({ file }) => prepareInput({ file, lungs: lungsOf({ file }) }, spec)))
  const features = await session.run(inputs)
  return rows.map(({ label, file }, index) => featureLine({ label, file, features: features[index]! })).join('')
}

function digestOf(rows: readonly KermanyRow[], { sha256 }: TrunkSession, spec: InputSpec): string {
  const hash = createHash('sha256').update(sha256).update(JSON.stringify(spec))
  for (const { file } of rows) hash.update(`${file}\n`)
  return hash.digest('hex')
}
