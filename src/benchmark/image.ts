import sharp from 'sharp'
import { synthesiseRadiograph } from '../demo/synthetic-radiograph.ts'
import { wrapGray } from '../intake/wrap-raster.ts'
import type { LungAtlas } from '../lungs/atlas/atlas.ts'
import { seededRandom } from '../training/data/random.ts'

/** Largest quantum noise in gray values. Without noise, codecs would compress better than on a detector's image. */
const noise = 3

export type BenchmarkPixels = Parameters<typeof wrapGray>[0]

/** A synthetic radiograph with opacities. The same side length always gives the same image. */
export async function benchmarkPixels(atlas: LungAtlas, side: number): Promise<BenchmarkPixels> {
  const { width, height, samples } = synthesiseRadiograph(atlas.prototypes[0]!, 2, seededRandom(1))
  const enlarged = await sharp(samples, { raw: { width, height, channels: 1 } })
    .resize(side, side, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  const random = seededRandom(2)
  const noisy = enlarged.map((value) => Math.min(255, Math.max(0, value + Math.round((2 * random() - 1) * noise))))
  return { width: side, height: side, samples: new Uint8Array(noisy) }
}

/**
 * An uncompressed 8-bit CR file of the pixels.
 * @param uidSeed a different seed gives a different study
 */
export function benchmarkFile(pixels: BenchmarkPixels, uidSeed?: string): Uint8Array<ArrayBuffer> {
  return wrapGray(pixels, {
    patientName: 'Synthetic^Benchmark',
    patientId: 'BENCHMARK',
    patientAge: '003Y',
    viewPosition: 'AP',
    studyDescription: 'Chest AP, synthetic',
    seriesDescription: 'SYNTHETIC, for the benchmark',
    ...(uidSeed !== undefined && { uidSeed }),
  })
}

export async function benchmarkImage(atlas: LungAtlas, side: number): Promise<Uint8Array<ArrayBuffer>> {
  return benchmarkFile(await benchmarkPixels(atlas, side))
}
