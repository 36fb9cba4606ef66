import opentype, { type Font, type Glyph, type PathCommand } from 'opentype.js'

/** TrueType files, given by the caller so that pictures look the same on machines without fonts. */
interface FontFiles {
  readonly regular: ArrayBuffer
  readonly bold: ArrayBuffer
}

/** One font, ready for use. */
export interface Typeface {
  /** Width of a line of text, in pixels. */
  width(text: string, sizePx: number): number
  /** A line of text as SVG, in the fill of its parent element; its baseline begins at `x`, `y`. */
  outline(text: string, x: number, y: number, sizePx: number): string
}

export interface PictureFonts {
  readonly regular: Typeface
  readonly bold: Typeface
}

/** Parses the files; call it once. Glyphs are read on first use: reading all took a third of a second per font. */
export function parseFonts(files: FontFiles): PictureFonts {
  // Stryker disable next-line BooleanLiteral,ObjectLiteral: all glyphs are only read earlier
  const parse = (file: ArrayBuffer) => typeface(opentype.parse(file, { lowMemory: true }))
  return { regular: parse(files.regular), bold: parse(files.bold) }
}

/**
 * Sets text glyph by glyph, without shaping: our sentences are English. opentype.js throws on scripts that it cannot
 * shape, and an unjoined letter from a header is better than no picture.
 */
function typeface(font: Font): Typeface {
  const glyphs = (text: string) => Array.from(text, (character) => font.charToGlyph(character))
  const outlineOf = onceEach((glyph) => glyphOutline(glyph.getPath(0, 0, font.unitsPerEm).commands))
  return {
    width: (text, sizePx) =>
      (glyphs(text).reduce((sum, glyph) => sum + (glyph.advanceWidth ?? 0), 0) * sizePx) / font.unitsPerEm,
    outline: (text, x, y, sizePx) => {
      let pen = 0
      const contours = glyphs(text).map((glyph) => {
        const { start, rest } = outlineOf(glyph)
        const contour = rest === '' ? '' : `M${pen + start.x} ${start.y}${rest}`
        pen += glyph.advanceWidth ?? 0
        return contour
      })
      const scale = sizePx / font.unitsPerEm
      // One path per line: SVG renderers spend more time per element than per point.
      return `<path transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${scale})" d="${contours.join('')}"/>`
    },
  }
}

/** A glyph as SVG path data. All coordinates except its start are relative, in font units. */
interface GlyphOutline {
  readonly start: Point
  /** Empty for a blank glyph. */
  readonly rest: string
}

interface Point {
  readonly x: number
  readonly y: number
}

function glyphOutline(commands: readonly PathCommand[]): GlyphOutline {
  const first = commands.find((command) => command.type === 'M')
  // Stryker disable next-line ObjectLiteral: a blank glyph has no outline, so its start is not read
  const start = first ?? { x: 0, y: 0 }
  let contourStart: Point = start
  let at: Point = start
  const from = ({ x, y }: Point) => `${x - at.x} ${y - at.y}`
  const parts = commands.map((command) => {
    if (command.type === 'Z') {
      at = contourStart
      return 'z'
    }
    // Stryker disable next-line ConditionalExpression: a move by nothing draws nothing
    const part = command === first ? '' : relative(command, from)
    at = command
    if (command.type === 'M') contourStart = command
    return part
  })
  return { start, rest: parts.join('') }
}

function relative(command: Exclude<PathCommand, { type: 'Z' }>, from: (point: Point) => string): string {
  const end = from(command)
  switch (command.type) {
    case 'M':
      return `m${end}`
    case 'L':
      return `l${end}`
    case 'Q':
      return `q${from({ x: command.x1, y: command.y1 })} ${end}`
    case 'C':
      return `c${from({ x: command.x1, y: command.y1 })} ${from({ x: command.x2, y: command.y2 })} ${end}`
  }
}

/** Caches the outline of each glyph: building path text takes longer than drawing it. */
function onceEach(make: (glyph: Glyph) => GlyphOutline): (glyph: Glyph) => GlyphOutline {
  const made = new Map<Glyph, GlyphOutline>()
  return (glyph) => {
    const outline = made.get(glyph) ?? make(glyph)
    // Stryker disable next-line CallExpression: the outline is only built again
    made.set(glyph, outline)
    return outline
  }
}
