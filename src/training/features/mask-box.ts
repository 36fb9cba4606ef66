import { boundsOf } from '../../lungs/lung-box.ts'
import type { Box } from '../../pixels/radiograph.ts'
import { readGrayImage } from '../read-image.ts'

/** The lungs by a human-drawn square mask, in shares of the image; undefined where nothing is drawn. */
export async function maskBox(maskFile: string): Promise<Box | undefined> {
  const { width: side, samples } = await readGrayImage(maskFile)
  const bounds = boundsOf({ side, samples: Uint8Array.from(samples, (sample) => (sample > 32767 ? 1 : 0)) })
  if (bounds === undefined) return undefined
  return { x: bounds.x / side, y: bounds.y / side, width: bounds.width / side, height: bounds.height / side }
}
