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
  /** SVG path data of a line of text whose baseline begins at `x`, `y`. */
  outline(text: string, x: number, y: number, sizePx: number): string
}

export interface PictureFonts {
  readonly regular: Typeface
  readonly bold: Typeface
}

/** Parses the files; takes a third of a second each, so it is done once and not for each picture. */
export function parseFonts(files: FontFiles): PictureFonts {
  return { regular: typeface(opentype.parse(files.regular)), bold: typeface(opentype.parse(files.bold)) }
}

/**
 * Glyph by glyph, without shaping: our sentences are English, and opentype.js throws on scripts whose shaping it does not know,
 * where an unjoined letter from some header is better than no picture.
 */
function typeface(font: Font): Typeface {
  const glyphs = (text: string) => Array.from(text, (character) => font.charToGlyph(character))
  const advance = (glyph: Glyph, sizePx: number) => ((glyph.advanceWidth ?? 0) * sizePx) / font.unitsPerEm
  return {
    width: (text, sizePx) => glyphs(text).reduce((sum, glyph) => sum + advance(glyph, sizePx), 0),
    outline: (text, x, y, sizePx) => {
      let pen = x
      return glyphs(text)
        .map((glyph) => {
          const path = glyph.getPath(pen, y, sizePx).toPathData(1)
          pen += advance(glyph, sizePx)
          return path
        })
        .join('')
    },
  }
}
