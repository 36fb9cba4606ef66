import sharp, { type Sharp } from 'sharp'
import type { LungMask } from '../../../src/lungs/lung-region.ts'
import type { ShownImage } from '../../servers/ohif-page.ts'

/** Small enough that a shift of half a screen pixel makes no difference. */
const comparedWidth = 240
const comparedHeight = 160

/** Mean difference between the displayed and the original image, in levels of 0–255. */
export async function differenceFrom(picture: Uint8Array, shown: ShownImage): Promise<number> {
  const resized = (image: Sharp) =>
    image.removeAlpha().resize(comparedWidth, comparedHeight, { fit: 'fill' }).toColourspace('srgb').raw().toBuffer()
  const [expected, seen] = await Promise.all([resized(sharp(picture)), resized(cutOut(shown))])
  return expected.reduce((sum, level, index) => sum + Math.abs(level - seen[index]!), 0) / expected.length
}

function cutOut({ png, left, top, width, height }: ShownImage): Sharp {
  const [x, y] = [Math.round(left), Math.round(top)]
  return sharp(png).extract({ left: x, top: y, width: Math.round(width), height: Math.round(height) })
}

/** Minimum difference between the channels of a gray pixel under a translucent colour. */
const leastTint = 12

/**
 * Share of an image tinted as its lungs are: the right lung bluish, the left one orange, the rest gray.
 * @returns 0–1, ignoring pixels next to a border of the mask
 */
export async function tintedAsLungs({ side, samples }: LungMask, shown: ShownImage): Promise<number> {
  const { data, info } = await cutOut(shown).removeAlpha().raw().toBuffer({ resolveWithObject: true })
  let [right, all] = [0, 0]
  for (let row = 2; row < side - 2; row += 3) {
    for (let column = 2; column < side - 2; column += 3) {
      const at = (dx: number, dy: number) => samples[(row + dy) * side + column + dx]!
      const lung = at(0, 0)
      if ([at(-2, 0), at(2, 0), at(0, -2), at(0, 2)].some((other) => other !== lung)) continue
      const x = Math.floor(((column + 0.5) / side) * info.width)
      const y = Math.floor(((row + 0.5) / side) * info.height)
      const index = (y * info.width + x) * info.channels
      all++
      if (tintedLung(data[index]! - data[index + 2]!) === lung) right++
    }
  }
  return right / all
}

function tintedLung(redOverBlue: number): number {
  if (redOverBlue < -leastTint) return 1
  return redOverBlue > leastTint ? 2 : 0
}
