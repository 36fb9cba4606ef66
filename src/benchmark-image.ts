import sharp from 'sharp'
import { synthesiseRadiograph } from './demo/synthetic-radiograph.ts'
import { wrapGray } from './intake/wrap-raster.ts'
import type { LungAtlas } from './lungs/atlas.ts'
import { seededRandom } from './training/random.ts'

/** A synthetic radiograph with opacities, as large as a hospital's: an uncompressed 8-bit CR file. Always the same one. */
export async function benchmarkImage(atlas: LungAtlas, side: number): Promise<Uint8Array<ArrayBuffer>> {
  const { width, height, samples } = synthesiseRadiograph(atlas.prototypes[0]!, 2, seededRandom(1))
  const enlarged = await sharp(samples, { raw: { width, height, channels: 1 } })
    .resize(side, side, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  return wrapGray(
    { width: side, height: side, samples: new Uint8Array(enlarged) },
    {
      patientName: 'Synthetic^Benchmark',
      patientId: 'BENCHMARK',
      patientAge: '003Y',
      viewPosition: 'AP',
      studyDescription: 'Chest AP, synthetic',
      seriesDescription: 'SYNTHETIC, for the benchmark',
    },
  )
}
