import sharp from 'sharp'
import type { LungMask } from '../../../lungs/lung-region.ts'
import type { SquareFrame } from '../../../pixels/square-frame.ts'
import { lungContours } from '../../../report/picture/lung-contour.ts'
import type { Typeface } from '../../../report/picture/fonts.ts'

/** A radiograph with its found and drawn lungs. */
export interface Overlay {
  readonly frame: SquareFrame
  readonly found: LungMask
  readonly drawn: LungMask
  /** Width divided by height of the image; 1 if unknown. */
  readonly aspect: number
  readonly caption: string
}

const columns = 5
const tileWidth = 320
const captionHeight = 24
const captionSizePx = 13
/** Colours of Okabe and Ito (2008), distinguishable with red-green colour blindness. */
const foundColour = '#f0a020'
const drawnColour = '#56b4e9'
const background = '#101418'

/**
 * Draws overlays as tiles of one PNG: the found boundary in orange, the drawn one dashed in blue.
 * @param title one line at the top
 */
export async function drawOverlaySheet(
  title: string,
  overlays: readonly Overlay[],
  typeface: Typeface,
): Promise<Buffer> {
  const tileHeight = Math.round(Math.max(...overlays.map(({ aspect }) => tileWidth / aspect)))
  const rows = Math.ceil(overlays.length / columns)
  const width = Math.min(columns, overlays.length) * tileWidth
  const height = 2 * captionHeight + rows * (tileHeight + captionHeight)
  const layers = await Promise.all(
    overlays.map(async (overlay, index) => {
      const left = (index % columns) * tileWidth
      const top = 2 * captionHeight + Math.floor(index / columns) * (tileHeight + captionHeight)
      return { input: await drawTile(overlay, typeface), left, top }
    }),
  )
  return sharp({ create: { width, height, channels: 3, background } })
    .composite([...layers, { input: svg(width, 2 * captionHeight, heading(title, typeface)), left: 0, top: 0 }])
    .png({ compressionLevel: 9, palette: true, colours: 128 })
    .toBuffer()
}

function heading(title: string, typeface: Typeface): string {
  const key = 'found: orange; drawn: blue, dashed'
  const line = (text: string, y: number) => `<g fill="#eef2f6">${typeface.outline(text, 8, y, captionSizePx)}</g>`
  return line(title, 18) + line(key, 38)
}

async function drawTile({ frame, found, drawn, aspect, caption }: Overlay, typeface: Typeface): Promise<Buffer> {
  const height = Math.round(tileWidth / aspect)
  const gray = await sharp(Uint8Array.from(frame.samples, Math.round), {
    raw: { width: frame.side, height: frame.side, channels: 1 },
  })
    .resize(tileWidth, height, { fit: 'fill', kernel: 'cubic' })
    .toColourspace('srgb')
    .png()
    .toBuffer()
  const marks =
    outline(drawn, height, `stroke="${drawnColour}" stroke-dasharray="5 4"`) +
    outline(found, height, `stroke="${foundColour}"`) +
    `<g fill="#a3afbd">${typeface.outline(caption, 6, height + 17, captionSizePx)}</g>`
  return sharp({ create: { width: tileWidth, height: height + captionHeight, channels: 3, background } })
    .composite([
      { input: gray, left: 0, top: 0 },
      { input: svg(tileWidth, height + captionHeight, marks), left: 0, top: 0 },
    ])
    .png()
    .toBuffer()
}

function outline(mask: LungMask, height: number, stroke: string): string {
  const rings = lungContours(mask).map(
    (ring) => `M${ring.map(([x, y]) => `${(x * tileWidth).toFixed(1)} ${(y * height).toFixed(1)}`).join('L')}Z`,
  )
  return `<path d="${rings.join('')}" fill="none" stroke-width="1.5" ${stroke}/>`
}

function svg(width: number, height: number, content: string): Buffer {
  return Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`)
}
