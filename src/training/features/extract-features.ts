import { join, resolve } from 'node:path'
import type { InputSpec } from '../../classify/manifest.ts'
import type { Trunk } from '../network/trunk-weights.ts'
import { FeatureCache } from './feature-cache.ts'
import { sourceDigest } from '../inputs/source-digest.ts'
import { type InputJob, prepareInput } from '../inputs/prepare-input.ts'
import { type TrunkSession, openTrunk } from './trunk.ts'

interface ExtractionOptions {
  readonly trunk: Trunk
  readonly cacheDir: string
  readonly spec: InputSpec
  readonly progress: (text: string) => void
}

const batchSize = 16

/** Cache key of a feature vector; it includes the lungs, because they change the vector. */
export function featureKey({ file, lungs, variation }: InputJob): string {
  const { box, outline = [] } = lungs
  const corners = [box.x, box.y, box.width, box.height, ...outline.flat()].map((share) => share.toFixed(4))
  return [resolve(file), ...corners, variation ?? 'plain'].join(' ')
}

/**
 * Computes the trunk's features of every job that is not in the cache.
 * @returns the open cache; the caller closes it
 */
export async function extractFeatures(jobs: readonly InputJob[], options: ExtractionOptions): Promise<FeatureCache> {
  const trunk = await openTrunk(options.trunk, options.spec.inputSize.width)
  const cache = new FeatureCache(
    join(options.cacheDir, `features-${featureDigest(trunk, options.spec)}`),
    trunk.features,
  )
  const missing = jobs.filter((job) => !cache.has(featureKey(job)))
  const batches = Array.from({ length: Math.ceil(missing.length / batchSize) }, (_, index) =>
    missing.slice(index * batchSize, (index + 1) * batchSize),
  )
  try {
    let inputs = batches[0] && (await prepareAll(batches[0], options.spec))
    for (const [index, batch] of batches.entries()) {
      const next = batches[index + 1]
      // Reads the next images while the network computes.
      const [features, nextInputs] = await Promise.all([trunk.run(inputs!), next && prepareAll(next, options.spec)])
      cache.append(batch.map((job, member) => ({ key: featureKey(job), values: features[member]! })))
      inputs = nextInputs
      if (index % 50 === 0) options.progress(`features computed for ${index * batchSize} of ${missing.length} images`)
    }
  } finally {
    await trunk.close()
  }
  return cache
}

/** Digest of all that changes the features: trunk, preprocessing and the code that makes the inputs. */
function featureDigest(trunk: TrunkSession, spec: InputSpec): string {
  const code = [
    'analyse/network-input.ts',
    'classify/preprocess.ts',
    'classify/grays.ts',
    'classify/crop.ts',
    'classify/gaussian.ts',
    'classify/lung-hull.ts',
    'pixels/square-frame.ts',
    'pixels/area-average.ts',
    'pixels/kernel',
    'training/data/random.ts',
    'training/data/read-image.ts',
    'training/inputs/variation.ts',
    'training/inputs/prepare-input.ts',
    'training/inputs/image-lungs.ts',
    'training/inputs/hide-lungs.ts',
  ]
  return sourceDigest(code, trunk.sha256, JSON.stringify(spec)).slice(0, 12)
}

function prepareAll(jobs: readonly InputJob[], spec: InputSpec): Promise<Float32Array[]> {
  return Promise.all(jobs.map((job) => prepareInput(job, spec)))
}
