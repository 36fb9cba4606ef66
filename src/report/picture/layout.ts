import { type ImageSize, fitted } from '../../pixels/area-average.ts'
import type { Box } from '../../pixels/radiograph.ts'
import { stack } from './block.ts'
import { colours } from './colours.ts'
import type { PanelParts } from './panel.ts'

/** Long side of the radiograph in the picture. */
export const radiographLongSidePx = 1024

const panelPx = 496
const marginPx = 32
/**
 * From this aspect ratio (width to height) on, the panel is below the radiograph, so that the picture is never a strip.
 */
const landscapeRatio = 1.35

/** Division of a picture: the panel is right of a portrait radiograph and below a landscape one. */
interface Division {
  readonly columns: 1 | 2
  /** Width of a column of the panel, in pixels. */
  readonly columnPx: number
  /** Size of the radiograph, in pixels. */
  readonly radiograph: ImageSize
}

/** Positions of all parts. */
export interface Layout {
  readonly width: number
  readonly height: number
  readonly radiograph: Box
  readonly panel: {
    readonly box: Box
    /** Draws the panel as SVG, in the picture's pixels. */
    readonly draw: () => string
  }
}

export function divide(source: ImageSize): Division {
  const radiograph = fitted(source, radiographLongSidePx)
  if (source.width / source.height < landscapeRatio) return { columns: 1, columnPx: panelPx - 2 * marginPx, radiograph }
  return { columns: 2, columnPx: (radiographLongSidePx - 3 * marginPx) / 2, radiograph }
}

export function layOut({ columns, columnPx, radiograph }: Division, parts: PanelParts): Layout {
  return columns === 1 ? panelRight(radiograph, parts) : panelBelow(radiograph, columnPx, parts)
}

function panelRight(radiograph: Division['radiograph'], { banner, finding, notes }: PanelParts): Layout {
  const top = stack([banner, finding], marginPx)
  const height = Math.max(radiograph.height, Math.ceil(top.height + notes.height + 3 * marginPx))
  const left = radiograph.width + marginPx
  const box = { x: radiograph.width, y: 0, width: panelPx, height }
  return {
    width: radiograph.width + panelPx,
    height,
    radiograph: { x: 0, y: Math.floor((height - radiograph.height) / 2), ...radiograph },
    panel: {
      box,
      draw: () => ground(box) + top.draw(left, marginPx) + notes.draw(left, height - marginPx - notes.height),
    },
  }
}

function panelBelow(radiograph: Division['radiograph'], columnPx: number, parts: PanelParts): Layout {
  const { finding } = parts
  const notes = stack([parts.banner, parts.notes], marginPx)
  const top = radiograph.height + marginPx
  const height = Math.ceil(top + Math.max(finding.height, notes.height) + marginPx)
  const box = { x: 0, y: radiograph.height, width: radiographLongSidePx, height: height - radiograph.height }
  return {
    width: radiographLongSidePx,
    height,
    radiograph: { x: 0, y: 0, ...radiograph },
    panel: {
      box,
      draw: () => ground(box) + finding.draw(marginPx, top) + notes.draw(2 * marginPx + columnPx, top),
    },
  }
}

function ground({ x, y, width, height }: Box): string {
  return `<rect x="${x}" y="${y}" width="${width}" height="${height}" fill="${colours.panel}"/>`
}

/** A box of the radiograph in whole pixels of the picture, inside the radiograph's frame and never empty. */
export function placed(box: Box, { width, height }: ImageSize, frame: Box): Box {
  const scaleX = frame.width / width
  const scaleY = frame.height / height
  const left = Math.min(Math.max(Math.round(box.x * scaleX), 0), frame.width - 1)
  const top = Math.min(Math.max(Math.round(box.y * scaleY), 0), frame.height - 1)
  const right = Math.min(Math.max(Math.round((box.x + box.width) * scaleX), left + 1), frame.width)
  const bottom = Math.min(Math.max(Math.round((box.y + box.height) * scaleY), top + 1), frame.height)
  return { x: frame.x + left, y: frame.y + top, width: right - left, height: bottom - top }
}
