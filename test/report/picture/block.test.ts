import { expect } from 'chai'
import { type TextStyle, paragraph, stack } from '../../../src/report/picture/block.ts'

/** A face in which every character is as wide as it is high. */
const style: TextStyle = {
  face: { width: (text, sizePx) => text.length * sizePx, outline: (text) => `<t>${text}</t>` },
  sizePx: 10,
  colour: 'white',
}

const linesOf = (text: string, widthPx: number) =>
  [
    ...paragraph(text, style, widthPx)
      .draw(0, 0)
      .matchAll(/<t>(.*?)<\/t>/g),
  ].map(([, line]) => line)

describe('a paragraph', () => {
  for (const [text, widthPx, lines] of [
    ['', 100, []],
    ['  one \n two  ', 100, ['one two']],
    ['one two', 70, ['one two']],
    ['one two', 69, ['one', 'two']],
    ['a longest word', 40, ['a', 'long', 'est', 'word']],
    ['longest', 40, ['long', 'est']],
    ['longword', 40, ['long', 'word']],
    // Narrower than any character: one on each line.
    ['abc', 5, ['a', 'b', 'c']],
  ] as const) {
    it(`of ${JSON.stringify(text)} has ${lines.length} lines of at most ${widthPx / 10} characters`, () => {
      expect(linesOf(text, widthPx)).to.deep.equal(lines)
      expect(paragraph(text, style, widthPx).height).to.equal(13 * lines.length)
    })
  }
})

describe('blocks in a stack', () => {
  const block = (height: number) => ({ height, draw: (x: number, y: number) => `${x},${y} ` })

  it('lie one below the other with a gap between them', () => {
    const all = stack([block(10), block(20), block(5)], 3)
    expect(all.height).to.equal(41)
    expect(all.draw(7, 100)).to.equal('7,100 7,113 7,136 ')
    expect(stack([block(10)], 3).height).to.equal(10)
    expect(stack([], 3).height).to.equal(0)
  })
})
