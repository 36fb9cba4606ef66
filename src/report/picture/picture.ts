import sharp from 'sharp'
import type { ImagePrediction, Prediction } from '../../classify/prediction.ts'
import type { ImageSize } from '../../pixels/area-average.ts'
import type { GrayImage, Preview } from '../../pixels/preview.ts'
import type { Box } from '../../pixels/radiograph.ts'
import { release } from '../../pixels/release.ts'
import { activationOverlay } from './activation-overlay.ts'
import type { PictureFonts } from './fonts.ts'
import { colours } from './colours.ts'
import { type Layout, divide, layOut, placed } from './layout.ts'
import { lungMarks } from './marks.ts'
import { panelParts } from './panel.ts'
import { type RgbRaster, type RgbaRaster, putGray, putOver } from './raster.ts'

type AnalysedPrediction = Extract<Prediction, { kind: 'analysed' }>

/**
 * Layout of one image's picture: the radiograph with its long side at 1024 pixels, and a panel to its right or below
 * that states the decision. Contains no patient data.
 * @param preview of the image, at the size that `image.lungs.box` refers to
 */
export function layOutPicture(
  image: ImagePrediction,
  prediction: AnalysedPrediction,
  preview: ImageSize,
  fonts: PictureFonts,
): Layout {
  return legibleLayout(image, prediction, preview, fonts, smallestTextPx)
}

/**
 * Draws one image's finding, the same for the viewer, the status page and the record: the radiograph with the analysed
 * lung field, the network activation and the panel. The activation is drawn only if the finding is present: on a lung
 * without it, colours mislead.
 * @param rgb receives all pixels of the picture: `3 * layout.width * layout.height` bytes
 */
export async function drawPicture(
  { width, height, radiograph, panel }: Layout,
  image: ImagePrediction,
  preview: Preview,
  rgb: Uint8Array<ArrayBuffer>,
): Promise<RgbRaster> {
  const raster = { width, height, rgb }
  const box = placed(image.lungs.box, preview, radiograph)
  const [words, marks, activation] = await Promise.all([
    // The longest task starts first; the others run while it is in progress.
    drawn(panel.draw(), panel.box),
    // The marks lie inside the box, so no other part needs drawing.
    drawn(lungMarks(image.lungs, radiograph, box), box),
    image.decision === 'present' ? activationOverlay(image.activation, box.width, box.height) : undefined,
    putGround(raster, preview.reduced, radiograph),
  ])
  if (activation !== undefined) putLayer(raster, activation, box)
  putLayer(raster, marks, box)
  putLayer(raster, words, panel.box)
  return raster
}

async function putGround(raster: RgbRaster, image: GrayImage, place: Box): Promise<void> {
  fillBackground(raster)
  putGray(raster, await enlarged(image, place), place)
}

function putLayer(raster: RgbRaster, layer: RgbaRaster, place: Box): void {
  putOver(raster, layer, place)
  // Stryker disable next-line CallExpression: only the memory is freed later
  release(layer.rgba)
}

const smallestTextPx = 27
const largestTextPx = 35
/** Greatest height, in text sizes, at which a picture is legible on a phone. */
const mostTextSizes = 45

/** The layout with the smallest text that is legible at the resulting height. */
function legibleLayout(
  image: ImagePrediction,
  prediction: AnalysedPrediction,
  preview: ImageSize,
  fonts: PictureFonts,
  textPx: number,
): Layout {
  const division = divide(preview)
  const layout = layOut(division, panelParts(image, prediction, { fonts, textPx, widthPx: division.columnPx }))
  if (layout.height <= mostTextSizes * textPx || textPx >= largestTextPx) return layout
  return legibleLayout(image, prediction, preview, fonts, textPx + 2)
}

/** The radiograph at its size in the picture. A preview of a large detector already has that size. */
async function enlarged(image: GrayImage, { width, height }: Box): Promise<GrayImage> {
  if (image.width === width && image.height === height) return image
  const resized = await sharp(image.samples, { raw: { width: image.width, height: image.height, channels: 1 } })
    .resize(width, height, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  return { width, height, samples: new Uint8Array(resized) }
}

/** The part of an SVG drawing inside a box, in the picture's pixels. */
async function drawn(content: string, { x, y, width, height }: Box): Promise<RgbaRaster> {
  const viewBox = `viewBox="${x} ${y} ${width} ${height}"`
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}" ${viewBox}>${content}</svg>`
  return { width, height, rgba: await sharp(Buffer.from(svg)).ensureAlpha().raw().toBuffer() }
}

function fillBackground({ width, rgb }: RgbRaster): void {
  rgb.set(Buffer.from(colours.background.slice(1).repeat(width), 'hex'))
  // Each copy doubles the filled part.
  // Stryker disable next-line EqualityOperator: copyWithin ignores what lies behind the end
  for (let filled = 3 * width; filled < rgb.length; filled *= 2) rgb.copyWithin(filled, 0, filled)
}
