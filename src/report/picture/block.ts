import type { PictureFonts, Typeface } from './fonts.ts'

/**
 * A part of a picture. Its height is known before its position; `draw` returns SVG with its top left corner at the
 * position.
 */
export interface Block {
  readonly height: number
  readonly draw: (x: number, y: number) => string
}

export interface TextStyle {
  readonly face: Typeface
  readonly sizePx: number
  readonly colour: string
}

/** Fonts, text size and width of the panel. */
export interface PanelStyle {
  readonly fonts: PictureFonts
  readonly textPx: number
  readonly widthPx: number
}

const lineSpacing = 1.3
/** Share of the text size above the baseline. */
const ascent = 0.95

/** A paragraph, wrapped between words. A word wider than a line is also broken. */
export function paragraph(text: string, style: TextStyle, widthPx: number): Block {
  const lines = wrap(text, style, widthPx)
  const lineHeight = style.sizePx * lineSpacing
  return {
    height: lines.length * lineHeight,
    draw: (x, y) =>
      lines.map((line, index) => textLine(line, style, x, y + index * lineHeight + style.sizePx * ascent)).join(''),
  }
}

/** One line of text with its baseline at `y`. The caller ensures that it fits. */
export function textLine(text: string, { face, sizePx, colour }: TextStyle, x: number, y: number): string {
  return `<g fill="${colour}">${face.outline(text, x, y, sizePx)}</g>`
}

/** One text at the left edge and one at the right edge, on a common baseline. */
export function edges(
  left: { readonly text: string; readonly style: TextStyle },
  right: { readonly text: string; readonly style: TextStyle },
  widthPx: number,
): Block {
  const sizePx = Math.max(left.style.sizePx, right.style.sizePx)
  const rightStart = widthPx - right.style.face.width(right.text, right.style.sizePx)
  return {
    height: sizePx * lineSpacing,
    draw: (x, y) =>
      textLine(left.text, left.style, x, y + sizePx * ascent) +
      textLine(right.text, right.style, x + rightStart, y + sizePx * ascent),
  }
}

/** Blocks stacked vertically. */
export function stack(blocks: readonly Block[], gapPx: number): Block {
  const height = blocks.reduce((sum, block) => sum + block.height, 0) + gapPx * Math.max(0, blocks.length - 1)
  return {
    height,
    draw: (x, y) => {
      let top = y
      return blocks
        .map((block) => {
          const svg = block.draw(x, top)
          top += block.height + gapPx
          return svg
        })
        .join('')
    },
  }
}

/** A block with a sign to its left. */
export function withSign(sign: (x: number, y: number) => string, block: Block, indentPx: number): Block {
  return { height: block.height, draw: (x, y) => sign(x, y) + block.draw(x + indentPx, y) }
}

function wrap(text: string, style: TextStyle, widthPx: number): readonly string[] {
  const fits = (line: string) => style.face.width(line, style.sizePx) <= widthPx
  const lines: string[] = []
  let line = ''
  for (const word of text.split(/\s+/).filter((word) => word !== '')) {
    const longer = line === '' ? word : `${line} ${word}`
    if (fits(longer)) {
      line = longer
      continue
    }
    if (line !== '') lines.push(line)
    line = word
    while (!fits(line) && line.length > 1) {
      // Stryker disable next-line ArithmeticOperator: a search from further right ends at the same place
      let length = line.length - 1
      while (length > 1 && !fits(line.slice(0, length))) length--
      lines.push(line.slice(0, length))
      line = line.slice(length)
    }
  }
  return line === '' ? lines : [...lines, line]
}
