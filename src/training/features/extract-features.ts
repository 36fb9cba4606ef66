import { join, resolve } from 'node:path'
import type { InputSpec } from '../../classify/manifest.ts'
import { toNetworkInput } from '../../classify/preprocess.ts'
import type { Box } from '../../pixels/radiograph.ts'
import { toSquareFrame } from '../../pixels/square-frame.ts'
import { featureCount } from '../export/resnet50.ts'
import { seededRandom } from '../random.ts'
import { readGrayImage } from '../read-image.ts'
import { FeatureCache } from './feature-cache.ts'
import { sourceDigest } from './source-digest.ts'
import { type Trunk, openTrunk } from './trunk.ts'
import { drawVariation, varyBox, varyFrame, varyImage } from './variation.ts'

/** One feature vector to compute. `variation` seeds how the image is changed; without it the image is taken as it is. */
export interface FeatureJob {
  readonly file: string
  /** The lungs, in shares of the image. */
  readonly box: Box
  readonly variation?: number
}

export interface ExtractionOptions {
  readonly cacheDir: string
  readonly spec: InputSpec
  readonly progress: (text: string) => void
}

const batchSize = 16

/** Tells feature vectors apart in the cache; another box is another vector. */
export function featureKey({ file, box, variation }: FeatureJob): string {
  const corners = [box.x, box.y, box.width, box.height].map((share) => share.toFixed(4))
  return [resolve(file), ...corners, variation ?? 'plain'].join(' ')
}

/**
 * Computes the trunk's features of every job that the cache lacks.
 * @returns the open cache, to be closed by the caller
 */
export async function extractFeatures(jobs: readonly FeatureJob[], options: ExtractionOptions): Promise<FeatureCache> {
  const trunk = await openTrunk(options.cacheDir)
  const cache = new FeatureCache(join(options.cacheDir, `features-${featureDigest(trunk, options.spec)}`), featureCount)
  const missing = jobs.filter((job) => !cache.has(featureKey(job)))
  const batches = Array.from({ length: Math.ceil(missing.length / batchSize) }, (_, index) =>
    missing.slice(index * batchSize, (index + 1) * batchSize),
  )
  try {
    let inputs = batches[0] && (await prepare(batches[0], options.spec))
    for (const [index, batch] of batches.entries()) {
      const next = batches[index + 1]
      // The next images are read while the network computes.
      const [features, nextInputs] = await Promise.all([trunk.run(inputs!), next && prepare(next, options.spec)])
      cache.append(batch.map((job, member) => ({ key: featureKey(job), values: features[member]! })))
      inputs = nextInputs
      if (index % 50 === 0) options.progress(`features of ${index * batchSize} of ${missing.length} images`)
    }
  } finally {
    await trunk.close()
  }
  return cache
}

/** Whatever changes the features: trunk, preprocessing and the code that makes the inputs. */
function featureDigest(trunk: Trunk, spec: InputSpec): string {
  const code = [
    'classify/preprocess.ts',
    'classify/gaussian.ts',
    'pixels/square-frame.ts',
    'training/features/variation.ts',
  ]
  return sourceDigest(code, trunk.sha256, JSON.stringify(spec)).slice(0, 12)
}

async function prepare(jobs: readonly FeatureJob[], spec: InputSpec): Promise<Float32Array[]> {
  return Promise.all(jobs.map((job) => prepareOne(job, spec)))
}

async function prepareOne(job: FeatureJob, spec: InputSpec): Promise<Float32Array> {
  const whole = await readGrayImage(job.file)
  const side = spec.preprocessing.squareFrameSide
  if (job.variation === undefined) {
    return toNetworkInput(toSquareFrame(whole, side), inPixels(job.box, whole), whole, spec)
  }
  const variation = drawVariation(whole, seededRandom(job.variation))
  const varied = await varyImage(whole, variation)
  const frame = varyFrame(toSquareFrame(varied, side), variation)
  return toNetworkInput(frame, inPixels(varyBox(job.box, variation), varied), varied, spec)
}

function inPixels(box: Box, { width, height }: { readonly width: number; readonly height: number }): Box {
  return { x: box.x * width, y: box.y * height, width: box.width * width, height: box.height * height }
}
