import { lungHull } from '../../classify/lung-hull.ts'
import { boundsOf } from '../../lungs/lung-box.ts'
import { readGrayImage } from '../data/read-image.ts'
import type { ImageLungs } from './image-lungs.ts'

/** Reads the lungs from a human-drawn square mask; undefined if the mask is empty. */
export async function drawnLungs(maskFile: string): Promise<ImageLungs | undefined> {
  const { width: side, samples } = await readGrayImage(maskFile)
  const mask = { side, samples: Uint8Array.from(samples, (sample) => (sample > 32767 ? 1 : 0)) }
  const bounds = boundsOf(mask)
  if (bounds === undefined) return undefined
  return {
    box: { x: bounds.x / side, y: bounds.y / side, width: bounds.width / side, height: bounds.height / side },
    outline: lungHull(mask),
  }
}
