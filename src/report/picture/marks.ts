import type { LungRegion } from '../../lungs/lung-region.ts'
import type { Box } from '../../pixels/radiograph.ts'
import { lungContours } from './lung-contour.ts'
import { colours } from './colours.ts'

const boxLinePx = 3
const outlinePx = 2

/**
 * Marks on the radiograph: the analysed box and the outline of the lungs, or a dashed frame if the lungs were not
 * found.
 * @param frame of the radiograph in the picture, in pixels
 * @param box of the region in the same pixels
 */
export function lungMarks(lungs: LungRegion, frame: Box, box: Box): string {
  // Drawn inside the box, so that a box at the image's edge is visible.
  const inset = boxLinePx / 2
  const rectangle = `<rect x="${box.x + inset}" y="${box.y + inset}" width="${Math.max(0, box.width - boxLinePx)}" height="${Math.max(0, box.height - boxLinePx)}"`
  const line = `fill="none" stroke="${colours.lungBox}" stroke-width="${boxLinePx}"`
  if (lungs.kind === 'whole-frame') return `${rectangle} ${line} stroke-dasharray="24 16"/>`
  const rings = lungContours(lungs.mask).map((ring) => {
    const points = ring.map(
      ([x, y]) => `${(frame.x + x * frame.width).toFixed(1)} ${(frame.y + y * frame.height).toFixed(1)}`,
    )
    return `M${points.join('L')}Z`
  })
  return (
    `<path d="${rings.join('')}" fill="none" stroke="${colours.lungContour}" stroke-width="${outlinePx}" stroke-opacity="0.8"/>` +
    `${rectangle} ${line}/>`
  )
}
