import { type KermanyRow, readKermany } from '../data/kermany.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { isValidationPatient } from '../data/patient-split.ts'
import { inputSpec, splitSeed, validationShare } from '../data/input-spec.ts'
import { drawnLungs } from '../inputs/drawn-lungs.ts'
import { extractFeatures, featureKey } from './extract-features.ts'
import type { ImageLungs } from '../inputs/image-lungs.ts'
import { type LungsOf, locateAllLungs } from '../inputs/located-lungs.ts'
import type { InputJob } from '../inputs/prepare-input.ts'

interface FeatureOptions {
  /** Folder with `kermany.csv`. */
  readonly dataDir: string
  /** Folder of the lung atlas, with `atlas.bin` and `manifest.json`. */
  readonly atlasDir: string
  /** Folder outside the project. */
  readonly cacheDir: string
  /** The trunk that computes the features. */
  readonly trunk: Trunk
  /** Number of varied versions per training image, besides the plain ones. */
  readonly variations: number
  readonly threads: number
  readonly progress: (text: string) => void
}

/** One training image with the features of each of its versions. */
export interface TrainingImage {
  readonly row: KermanyRow
  readonly split: 'train' | 'validation'
  /** From the 224x224 file. */
  readonly small: Float32Array
  /** From the file with the original aspect ratio, if there is one. */
  readonly original?: Float32Array
  /** From varied versions; none for validation images. */
  readonly varied: readonly Float32Array[]
}

/** Locates the lungs of the training images and computes the features of all versions. An interrupted run resumes. */
export async function trainFeatures(options: FeatureOptions): Promise<TrainingImage[]> {
  const rows = (await readKermany(options.dataDir)).filter((row) => row.split === 'train')
  const sources = rows.flatMap((row) => [row.image224, row.original ?? []].flat().map((file) => ({ file })))
  const lungsOf = await locateAllLungs(sources, options)
  const planned = await Promise.all(rows.map((row) => planImage(row, lungsOf, options.variations)))
  const jobs = planned.flatMap(({ small, original, varied }) => [small, ...(original ? [original] : []), ...varied])
  const cache = await extractFeatures(jobs, { ...options, spec: inputSpec })
  const read = (job: InputJob) => cache.read(featureKey(job))!
  const images = planned.map(({ row, split, small, original, varied }) => ({
    row,
    split,
    small: read(small),
    ...(original && { original: read(original) }),
    varied: varied.map(read),
  }))
  cache.close()
  return images
}

export function splitOf(row: KermanyRow): 'train' | 'validation' | 'test' {
  if (row.split === 'test') return 'test'
  return isValidationPatient(row.patient, splitSeed, validationShare) ? 'validation' : 'train'
}

interface PlannedImage {
  readonly row: KermanyRow
  readonly split: 'train' | 'validation'
  readonly small: InputJob
  readonly original?: InputJob
  readonly varied: readonly InputJob[]
}

async function planImage(row: KermanyRow, lungsOf: LungsOf, variations: number): Promise<PlannedImage> {
  const plain = (file: string): InputJob => ({ file, lungs: lungsOf({ file }) })
  const split = splitOf(row) === 'validation' ? 'validation' : 'train'
  const drawn = row.mask224 === undefined ? undefined : await drawnLungs(row.mask224)
  const lungs = drawn ?? lungsOf({ file: row.image224 })
  return {
    row,
    split,
    small: plain(row.image224),
    ...(row.original !== undefined && { original: plain(row.original) }),
    varied: split === 'train' ? variedJobs(row, lungs, variations) : [],
  }
}

/**
 * Varied versions, alternately of the original (if there is one) and the small file. They use the human-drawn lungs if
 * there are any, so that the network does not depend on the localiser.
 */
function variedJobs(row: KermanyRow, lungs: ImageLungs, variations: number): InputJob[] {
  return Array.from({ length: variations }, (_, index) => ({
    file: index % 2 === 0 ? (row.original ?? row.image224) : row.image224,
    lungs,
    variation: variationSeed(row.file, index),
  }))
}

/** The same image and index always give the same variation. */
function variationSeed(file: string, index: number): number {
  let hash = index
  for (const character of file) hash = (Math.imul(hash, 31) + character.charCodeAt(0)) | 0
  return hash
}
