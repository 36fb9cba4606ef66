import sharp, { type OverlayOptions } from 'sharp'
import type { ImagePrediction, Prediction } from '../classify/prediction.ts'
import type { Preview } from '../pixels/preview.ts'
import type { Box } from '../pixels/radiograph.ts'
import { activationOverlay } from './activation-overlay.ts'
import type { PictureFonts } from './fonts.ts'
import { colours } from './picture-colours.ts'
import { pictureJpeg } from './picture-jpeg.ts'
import { type Layout, divide, layOut } from './picture-layout.ts'
import { lungMarks } from './picture-marks.ts'
import { panelParts } from './picture-panel.ts'

export type { PictureFonts } from './fonts.ts'

type AnalysedPrediction = Extract<Prediction, { kind: 'analysed' }>

/** A finding for people to look at; the same in the viewer, on the status page and in the record. Holds no patient data. */
export interface Picture {
  readonly width: number
  readonly height: number
  /** Interleaved RGB of 8 bits, top row first; length `width * height * 3`. */
  readonly rgb: Uint8Array<ArrayBuffer>
  /** The same pixels as a PNG file. */
  readonly png: Uint8Array<ArrayBuffer>
  /** The same for the record, small enough for an attachment. */
  readonly jpeg: Uint8Array<ArrayBuffer>
}

/**
 * Draws one image's finding: the radiograph with the analysed lung field, where the network saw it (only when the finding is
 * present: colours on a lung without it mislead), and a panel that says the decision in words.
 * @param preview of the image, of the size that `image.lungs.box` is in
 * @returns the radiograph at its aspect ratio with its long side at 1280 pixels, and a panel right of it or below
 */
export async function renderPicture(
  image: ImagePrediction,
  prediction: AnalysedPrediction,
  preview: Preview,
  fonts: PictureFonts,
): Promise<Picture> {
  const layout = legibleLayout(image, prediction, preview, fonts)
  const box = placed(image.lungs.box, preview, layout.radiograph)
  const layers = [
    await radiographLayer(preview, layout.radiograph),
    ...(image.decision === 'present' ? [await activationLayer(image, box)] : []),
    svgLayer(lungMarks(image.lungs, layout.radiograph, box) + layout.panel(), layout),
  ]
  const { width, height } = layout
  const rgb = await sharp({ create: { width, height, channels: 3, background: colours.background } })
    .composite(layers)
    .removeAlpha()
    .raw()
    .toBuffer()
  const png = await sharp(rgb, { raw: { width, height, channels: 3 } })
    .png({ compressionLevel: 4 })
    .toBuffer()
  const jpeg = await pictureJpeg(rgb, layout)
  return { width, height, rgb: new Uint8Array(rgb), png: new Uint8Array(png), jpeg }
}

const smallestTextPx = 34
const largestTextPx = 44
/** A picture of at most this many text sizes' height is still read on a phone. */
const mostTextSizes = 45

/** The layout with the smallest text that is legible at the height it leads to. */
function legibleLayout(
  image: ImagePrediction,
  prediction: AnalysedPrediction,
  preview: Preview,
  fonts: PictureFonts,
  textPx: number = smallestTextPx,
): Layout {
  const division = divide(preview)
  const layout = layOut(division, panelParts(image, prediction, { fonts, textPx, widthPx: division.columnPx }))
  if (layout.height <= mostTextSizes * textPx || textPx >= largestTextPx) return layout
  return legibleLayout(image, prediction, preview, fonts, textPx + 2)
}

async function radiographLayer({ reduced }: Preview, frame: Box): Promise<OverlayOptions> {
  const { width, height, samples } = reduced
  const input = await sharp(samples, { raw: { width, height, channels: 1 } })
    .resize(frame.width, frame.height, { fit: 'fill', kernel: 'lanczos3' })
    .toColourspace('b-w')
    .raw()
    .toBuffer()
  const raw = { width: frame.width, height: frame.height, channels: 1 } as const
  return { input, raw, left: frame.x, top: frame.y }
}

async function activationLayer({ activation }: ImagePrediction, box: Box): Promise<OverlayOptions> {
  const { width, height, rgba } = await activationOverlay(activation, box.width, box.height)
  return { input: Buffer.from(rgba.buffer), raw: { width, height, channels: 4 }, left: box.x, top: box.y }
}

function svgLayer(
  content: string,
  { width, height }: { readonly width: number; readonly height: number },
): OverlayOptions {
  const svg = `<svg xmlns="http://www.w3.org/2000/svg" width="${width}" height="${height}">${content}</svg>`
  return { input: Buffer.from(svg), left: 0, top: 0 }
}

/** A box of the radiograph in whole pixels of the picture, inside the radiograph's frame and never empty. */
function placed(box: Box, { width, height }: Preview, frame: Box): Box {
  const scaleX = frame.width / width
  const scaleY = frame.height / height
  const left = Math.min(Math.max(Math.round(box.x * scaleX), 0), frame.width - 1)
  const top = Math.min(Math.max(Math.round(box.y * scaleY), 0), frame.height - 1)
  const right = Math.min(Math.max(Math.round((box.x + box.width) * scaleX), left + 1), frame.width)
  const bottom = Math.min(Math.max(Math.round((box.y + box.height) * scaleY), top + 1), frame.height)
  return { x: frame.x + left, y: frame.y + top, width: right - left, height: bottom - top }
}
