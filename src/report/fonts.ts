import opentype, { type Font, type Glyph } from 'opentype.js'

/** TrueType files as read; the caller brings them, so that pictures look the same on machines without fonts. */
export interface FontFiles {
  readonly regular: ArrayBuffer
  readonly bold: ArrayBuffer
}

/** One font, ready to set text in. */
export interface Typeface {
  /** Width of a line of text, in pixels. */
  width(text: string, sizePx: number): number
  /** A line of text as SVG, in the fill of what it stands in; its baseline begins at `x`, `y`. */
  outline(text: string, x: number, y: number, sizePx: number): string
}

export interface PictureFonts {
  readonly regular: Typeface
  readonly bold: Typeface
}

/** Parses the files, done once and not for each picture. Glyphs are read when they are first set: all at once took a third of a second a font. */
export function parseFonts(files: FontFiles): PictureFonts {
  const parse = (file: ArrayBuffer) => typeface(opentype.parse(file, { lowMemory: true }))
  return { regular: parse(files.regular), bold: parse(files.bold) }
}

/**
 * Glyph by glyph, without shaping: our sentences are English, and opentype.js throws on scripts whose shaping it does not know,
 * where an unjoined letter from some header is better than no picture.
 */
function typeface(font: Font): Typeface {
  const glyphs = (text: string) => Array.from(text, (character) => font.charToGlyph(character))
  const pathDataOf = onceEach((glyph) => glyph.getPath(0, 0, font.unitsPerEm).toPathData(0))
  return {
    width: (text, sizePx) =>
      (glyphs(text).reduce((sum, glyph) => sum + (glyph.advanceWidth ?? 0), 0) * sizePx) / font.unitsPerEm,
    outline: (text, x, y, sizePx) => {
      let pen = 0
      const paths = glyphs(text).map((glyph) => {
        const path = `<path transform="translate(${pen} 0)" d="${pathDataOf(glyph)}"/>`
        pen += glyph.advanceWidth ?? 0
        return path
      })
      const scale = sizePx / font.unitsPerEm
      return `<g transform="translate(${x.toFixed(1)} ${y.toFixed(1)}) scale(${scale})">${paths.join('')}</g>`
    },
  }
}

/** Remembers what was made of each glyph: making a path's text takes longer than drawing it. */
function onceEach(make: (glyph: Glyph) => string): (glyph: Glyph) => string {
  const made = new Map<Glyph, string>()
  return (glyph) => {
    const text = made.get(glyph) ?? make(glyph)
    made.set(glyph, text)
    return text
  }
}
