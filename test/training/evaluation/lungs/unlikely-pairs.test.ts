import { expect } from 'chai'
import type { LungMask } from '../../../../src/lungs/lung-region.ts'
import { maskDice } from '../../../../src/training/statistics/overlap.ts'
import { unlikelyPairs } from '../../../../src/training/evaluation/lungs/unlikely-pairs.ts'

const side = 20

function columns(first: number, last: number): LungMask {
  const samples = Uint8Array.from({ length: side * side }, (_, i) => (i % side >= first && i % side <= last ? 1 : 0))
  return { side, samples }
}

function image(file: string, found: LungMask, drawn: LungMask) {
  return { file, found, drawn, dice: maskDice(found, drawn), quality: 0.9 }
}

describe('unlikelyPairs', function () {
  it('lists two masks that were exchanged, each with the radiograph it fits', function () {
    const pairs = unlikelyPairs([
      image('a', columns(0, 9), columns(10, 19)),
      image('b', columns(10, 19), columns(0, 9)),
      image('c', columns(5, 14), columns(5, 15)),
    ])
    expect(pairs.map(({ file, fits }) => [file, fits])).to.deep.equal([
      ['a', 'b'],
      ['b', 'a'],
    ])
  })

  it('examines only pairs with a Dice below 0.85, and lists them if another radiograph fits better by 0.08', function () {
    // Bands of equal width: a shift by k of 20 columns leaves a Dice of 1 - k / 20.
    const band = (first: number): LungMask => {
      const samples = Uint8Array.from({ length: 40 * 40 }, (_, i) => (i % 40 >= first && i % 40 < first + 20 ? 1 : 0))
      return { side: 40, samples }
    }
    const listed = (off: number, otherOff: number) =>
      unlikelyPairs([
        image('a', band(10 + off), band(10)),
        { ...image('b', band(10 - otherOff), band(10)), dice: 1 },
      ]).map(({ file }) => file)
    expect(listed(3, 0), 'Dice 0.85').to.deep.equal([])
    expect(listed(4, 0), 'Dice 0.8, other 1').to.deep.equal(['a'])
    expect(listed(4, 3), 'Dice 0.8, other 0.85').to.deep.equal([])
    expect(listed(4, 2), 'Dice 0.8, other 0.9').to.deep.equal(['a'])
  })

  it('does not list a mask that fits no other radiograph better', function () {
    expect(unlikelyPairs([image('a', columns(0, 5), columns(8, 9)), image('b', columns(12, 19), columns(12, 19))])).to
      .be.empty
  })
})
