import { readFileSync } from 'node:fs'
import { type LungAtlas, parseLungAtlas } from '../../src/lungs/atlas/atlas.ts'
import { type Plane, sampleBilinear } from '../../src/lungs/plane.ts'

const folder = new URL('../../models/lung-atlas/1.0.0/', import.meta.url)

export function shippedManifest(): Record<string, unknown> {
  return JSON.parse(readFileSync(new URL('manifest.json', folder), 'utf8')) as Record<string, unknown>
}

export function shippedWeights(): Uint8Array {
  return readFileSync(new URL('atlas.bin', folder))
}

/**
 * The shipped atlas. Its prototypes are averages of several children and serve as test images.
 */
export function shippedAtlas(): LungAtlas {
  return parseLungAtlas(shippedManifest(), shippedWeights())
}

/** Resamples a plane: sample (x, y) is the source at `from(x, y)`, clamped to its edges. */
export function transform({ side, samples }: Plane, from: (x: number, y: number) => readonly [number, number]): Plane {
  const transformed = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) transformed[y * side + x] = sampleBilinear(samples, side, ...from(x, y))
  }
  return { side, samples: transformed }
}
