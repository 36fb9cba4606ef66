import { mkdir, mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import sharp from 'sharp'
import type { LungAtlas } from '../../src/lungs/atlas/atlas.ts'
import { type Plane, resizeBilinear } from '../../src/lungs/plane.ts'
import { place, randomPlacement } from '../../src/training/atlas/frame-transforms.ts'
import { seededRandom } from '../../src/training/data/random.ts'

const side = 224

/**
 * Writes a data folder like ../shared/data with synthetic radiographs: randomly placed prototypes of the atlas, with
 * their lungs as masks. Training images have two sizes, test images only the stretched one of 224 x 224.
 * @returns the folder, to be removed by the caller
 */
export async function writeSyntheticChildren(
  atlas: LungAtlas,
  counts: { readonly train: number; readonly test: number },
): Promise<string> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-children-'))
  const folders = ['kermany-224/train', 'kermany-224/test', 'kermany-original', 'lung-masks-224', 'lung-masks-original']
  for (const folder of folders) await mkdir(join(dir, folder), { recursive: true })
  const rows = ['split,label,patient,file,original_width,original_height,has_original,lung_mask,mask_evidence']
  for (const split of ['train', 'test'] as const) {
    for (let index = 0; index < counts[split]; index++) {
      const { radiograph, lungs } = child(atlas, index + (split === 'test' ? 1000 : 0))
      const name = `${split}${String(index).padStart(3, '0')}`
      await savePng(radiograph, join(dir, 'kermany-224', split, `${name}.jpeg`), side, side)
      await savePng(lungs, join(dir, 'lung-masks-224', `${split}-${name}.png`), side, side)
      if (split === 'train') {
        await savePng(radiograph, join(dir, 'kermany-original', `${name}.jpeg`), 320, 250)
        await savePng(lungs, join(dir, 'lung-masks-original', `${name}.png`), 320, 250)
      }
      const label = ['normal', 'viral', 'bacterial'][index % 3]!
      const evidence = split === 'train' ? 'dims-unique' : 'order+content'
      rows.push(`${split},${label},${split}-${name},${name}.jpeg,,,0,${name}.png,${evidence}`)
    }
  }
  await writeFile(join(dir, 'kermany.csv'), `${rows.join('\n')}\n`)
  return dir
}

function child({ prototypes }: LungAtlas, seed: number): { radiograph: Plane; lungs: Plane } {
  const random = seededRandom(seed)
  const prototype = prototypes[Math.floor(random() * Math.min(4, prototypes.length))]!
  const placement = randomPlacement(random, 0.4)
  const drawn = resizeBilinear(prototype.lungProbability, side)
  return {
    radiograph: place(prototype.appearance, placement),
    lungs: place({ side, samples: drawn.samples.map((share) => (share >= 0.5 ? 255 : 0)) }, placement),
  }
}

async function savePng({ samples }: Plane, file: string, width: number, height: number): Promise<void> {
  const raw = { width: side, height: side, channels: 1 } as const
  await sharp(Uint8Array.from(samples, Math.round), { raw }).resize(width, height, { fit: 'fill' }).png().toFile(file)
}
