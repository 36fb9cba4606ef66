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

  it('does not list a mask that fits no other radiograph better', function () {
    expect(unlikelyPairs([image('a', columns(0, 5), columns(8, 9)), image('b', columns(12, 19), columns(12, 19))])).to
      .be.empty
  })
})
