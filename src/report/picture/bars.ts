import type { Thresholds } from '../../classify/prediction.ts'
import { type Block, type TextStyle, stack, textLine } from './block.ts'
import { colours } from './colours.ts'
import { percent } from '../percent.ts'

/** A bar for a probability, from 0 at the left edge to 1 at the right edge. */
export function plainBar(probability: number, colour: string, heightPx: number, widthPx: number): Block {
  const filled = widthPx * Math.min(Math.max(probability, 0), 1)
  const radius = heightPx / 4
  return {
    height: heightPx,
    draw: (x, y) =>
      `<rect x="${x}" y="${y}" width="${widthPx}" height="${heightPx}" rx="${radius}" fill="${colours.track}"/>` +
      `<rect x="${x}" y="${y}" width="${filled}" height="${heightPx}" rx="${Math.min(radius, filled / 2)}" fill="${colour}"/>`,
  }
}

/**
 * A bar with both operating points: the upper one labelled above it, the lower one below, so that the labels never
 * overlap.
 */
export function operatingPointBar(
  probability: number,
  colour: string,
  thresholds: Thresholds,
  style: TextStyle,
  widthPx: number,
): Block {
  const heightPx = style.sizePx
  const bar = plainBar(probability, colour, heightPx, widthPx)
  const mark = (threshold: number, y: number): string =>
    `<rect x="${tickPlace(threshold, widthPx)}" y="${y}" width="${tickPx}" height="${heightPx * 1.35}" fill="${colours.text}"/>`
  const marked: Block = {
    height: bar.height,
    draw: (x, y) =>
      bar.draw(x, y) +
      `<g transform="translate(${x} 0)">${mark(thresholds.present, y - heightPx * 0.35)}${mark(thresholds.absent, y)}</g>`,
  }
  return stack(
    [
      named(`present at or above ${percent(thresholds.present)} %`, thresholds.present, style, widthPx),
      marked,
      named(`absent below ${percent(thresholds.absent)} %`, thresholds.absent, style, widthPx),
    ],
    heightPx * 0.5,
  )
}

const tickPx = 3

function tickPlace(threshold: number, widthPx: number): number {
  return Math.min(Math.max(threshold, 0), 1) * (widthPx - tickPx)
}

/** A label centred on its operating point, or as near as the ends of the bar allow. */
function named(text: string, threshold: number, style: TextStyle, widthPx: number): Block {
  const textPx = style.face.width(text, style.sizePx)
  const start = tickPlace(threshold, widthPx) + tickPx / 2 - textPx / 2
  const inside = Math.min(Math.max(start, 0), Math.max(0, widthPx - textPx))
  return { height: style.sizePx, draw: (x, y) => textLine(text, style, x + inside, y + style.sizePx * 0.8) }
}
