import { performance } from 'node:perf_hooks'
import sharp from 'sharp'
import { findLungsOn } from '../analyse/network-input.ts'
import { type StepSpeed, speedOf } from './speed.ts'
import { synthesiseRadiograph } from '../demo/synthetic-radiograph.ts'
import type { LungAtlas } from '../lungs/atlas/atlas.ts'
import { locateLungs } from '../lungs/locate-lungs.ts'
import { openAtlas } from '../lungs/lung-localiser.ts'
import type { Radiograph } from '../pixels/radiograph.ts'
import { squareFrameSide } from '../pixels/square-frame.ts'
import { seededRandom } from '../training/data/random.ts'

/** Lung localisation on one core, from display-ready pixels to the box. Includes the reduction to the square frame. */
export interface LungSpeed extends StepSpeed {
  readonly width: number
  readonly height: number
  /** Median time of the reduction to the square frame. */
  readonly reduceMs: number
}

const sizes = [
  { width: 224, height: 224 },
  { width: 1024, height: 1024 },
  { width: 2500, height: 3000 },
]
const warmUps = 3

/** Times `repeats` synthetic radiographs of each size in this thread, from the atlas prototypes in turn. */
export async function measureLungs(atlas: LungAtlas, repeats: number): Promise<LungSpeed[]> {
  const localiser = openAtlas(atlas)
  const speeds: LungSpeed[] = []
  for (const size of sizes) {
    const reduceMs: number[] = []
    const wholeMs: number[] = []
    for (let run = -warmUps; run < repeats; run++) {
      const radiograph = await radiographOf(atlas, run + warmUps, size)
      const startMs = performance.now()
      const ms = { display: 0, lungs: 0 }
      findLungsOn(radiograph, squareFrameSide, (frame, source) => locateLungs(frame, source, localiser), {
        onStep: (step) => (ms[step] = performance.now() - startMs),
      })
      if (run < 0) continue
      reduceMs.push(ms.display)
      wholeMs.push(ms.lungs)
    }
    speeds.push({ ...size, ...speedOf(wholeMs), reduceMs: speedOf(reduceMs).medianMs })
  }
  return speeds
}

async function radiographOf(
  { prototypes }: LungAtlas,
  index: number,
  { width, height }: { readonly width: number; readonly height: number },
): Promise<Radiograph> {
  const drawn = synthesiseRadiograph(prototypes[index % prototypes.length]!, index % 3, seededRandom(index))
  const raw = { width: drawn.width, height: drawn.height, channels: 1 } as const
  const bytes = await sharp(drawn.samples, { raw })
    .resize(width, height, { fit: 'fill' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  const samples = new Uint16Array(bytes.length)
  for (let i = 0; i < samples.length; i++) samples[i] = bytes[i]! * 257
  return { width, height, samples }
}
