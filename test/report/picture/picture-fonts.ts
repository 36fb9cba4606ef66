import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { type PictureFonts, type Typeface, parseFonts } from '../../../src/report/picture/fonts.ts'

/** The fonts that ship with the product. */
export function dejavuFonts(): PictureFonts {
  return parseFonts({ regular: fontFile('DejaVuSansCondensed'), bold: fontFile('DejaVuSansCondensed-Bold') })
}

/** One of the fonts that ship with the product. */
export function fontFile(name: string): ArrayBuffer {
  const url = import.meta.resolve(`dejavu-fonts-ttf/ttf/${name}.ttf`)
  return new Uint8Array(readFileSync(fileURLToPath(url))).buffer
}

/** A line of text in a picture. */
export interface SetLine {
  readonly text: string
  readonly sizePx: number
}

/** The same fonts, which also record every line: a picture's text is outlines and cannot be read back. */
export function noting(fonts: PictureFonts): { readonly fonts: PictureFonts; readonly lines: readonly SetLine[] } {
  const lines: SetLine[] = []
  const note = (face: Typeface): Typeface => ({
    width: (text, sizePx) => face.width(text, sizePx),
    outline: (text, x, y, sizePx) => {
      lines.push({ text, sizePx })
      return face.outline(text, x, y, sizePx)
    },
  })
  return { fonts: { regular: note(fonts.regular), bold: note(fonts.bold) }, lines }
}

/** The same fonts with the same widths, which write each line as SVG text instead of outlines, to be read. */
export function legible({ regular, bold }: PictureFonts): PictureFonts {
  const written = (face: Typeface, weight: string): Typeface => ({
    width: (text, sizePx) => face.width(text, sizePx),
    outline: (text, x, y, sizePx) => `<text x="${x}" y="${y}" size="${sizePx}" weight="${weight}">${text}</text>`,
  })
  return { regular: written(regular, 'regular'), bold: written(bold, 'bold') }
}
