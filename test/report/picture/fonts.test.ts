import { expect } from 'chai'
import opentype, { type PathCommand } from 'opentype.js'
import sharp from 'sharp'
import { dejavuFonts, fontFile } from './picture-fonts.ts'

/** Letters with several contours, with holes, blank ones, and a composite one. */
const text = 'Bq 8%é i.'
const sizePx = 60

function absolute(command: PathCommand): string {
  switch (command.type) {
    case 'Z':
      return 'Z'
    case 'Q':
      return `Q${command.x1} ${command.y1} ${command.x} ${command.y}`
    case 'C':
      return `C${command.x1} ${command.y1} ${command.x2} ${command.y2} ${command.x} ${command.y}`
    case 'M':
    case 'L':
      return `${command.type}${command.x} ${command.y}`
  }
}

const drawn = (content: string) =>
  sharp(Buffer.from(`<svg xmlns="http://www.w3.org/2000/svg" width="400" height="100">${content}</svg>`))
    .extractChannel('alpha')
    .raw()
    .toBuffer()

describe('a line of text', () => {
  it("has the font's glyphs in order", async () => {
    const font = opentype.parse(fontFile('DejaVuSansCondensed'))
    let pen = 0
    const letters = Array.from(text, (character) => {
      const glyph = font.charToGlyph(character)
      const { commands } = glyph.getPath(pen, 0, font.unitsPerEm)
      pen += glyph.advanceWidth ?? 0
      return commands.map(absolute).join('')
    })
    const scale = sizePx / font.unitsPerEm
    const expected = await drawn(`<path transform="translate(5 70) scale(${scale})" d="${letters.join('')}"/>`)
    const found = await drawn(dejavuFonts().regular.outline(text, 5, 70, sizePx))
    expect(expected.some((alpha) => alpha === 255)).to.equal(true)
    expect(Math.max(...found.map((alpha, index) => Math.abs(alpha - expected[index]!)))).to.be.at.most(16)
  })
})
