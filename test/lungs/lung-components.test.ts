import { expect } from 'chai'
import { boundsOf } from '../../src/lungs/lung-box.ts'
import { refineMask, separateLungs } from '../../src/lungs/lung-components.ts'
import type { LungMask } from '../../src/lungs/lung-region.ts'

function lung(...rows: string[]): Uint8Array {
  return Uint8Array.from(rows.join(''), (cell) => (cell === '.' ? 0 : 1))
}

/** Right lung R, left lung L. */
function drawn({ side, samples }: LungMask): string[] {
  return Array.from({ length: side }, (_, y) =>
    Array.from(samples.subarray(y * side, (y + 1) * side), (value) => '.RL'[value]).join(''),
  )
}

/** The rows seen in a mirror, in which right and left lung change places. */
function mirrored(rows: readonly string[]): string[] {
  const swapped = new Map([
    ['R', 'L'],
    ['L', 'R'],
  ])
  return rows.map((row) =>
    Array.from(row, (cell) => swapped.get(cell) ?? cell)
      .toReversed()
      .join(''),
  )
}

/** The midline lies between two columns. */
function midline(side: number, column = side / 2 - 0.5) {
  return { side, samples: Float32Array.from({ length: side * side }, (_, i) => (i % side) - column) }
}

describe('separateLungs', function () {
  it('keeps the two largest components, fills their holes and labels them right and left', function () {
    const found = separateLungs(
      lung('###..###', '#.#..###', '###..###', '###..###', '........', '.....#..', '........', '........'),
      midline(8),
    )
    expect(drawn(found)).to.deep.equal([
      'RRR..LLL',
      'RRR..LLL',
      'RRR..LLL',
      'RRR..LLL',
      '........',
      '........',
      '........',
      '........',
    ])
  })

  it('separates touching lungs at the midline', function () {
    expect(drawn(separateLungs(lung('####', '#..#', '#..#', '#..#'), midline(4)))).to.deep.equal([
      'RRLL',
      'R..L',
      'R..L',
      'R..L',
    ])
  })

  it('labels a single component on one side as that lung only', function () {
    expect(drawn(separateLungs(lung('...#', '..##', '..##', '...#'), midline(4)))).to.deep.equal([
      '...L',
      '..LL',
      '..LL',
      '...L',
    ])
  })

  it('uses the midline, not the middle of the image', function () {
    expect(drawn(separateLungs(lung('.#.#', '.#.#', '.#.#', '....'), midline(4, 4)))).to.deep.equal([
      '.R.L',
      '.R.L',
      '.R.L',
      '....',
    ])
  })

  it('drops a second component that is too small for a lung', function () {
    const [first, ...others] = drawn(separateLungs(lung('####', '####', '....', '#...'), midline(4)))
    expect([first, ...others]).to.deep.equal(['RRLL', 'RRLL', '....', '....'])
  })

  for (const { larger, as } of [
    { larger: 'right', as: (rows: string[]) => rows },
    { larger: 'left', as: mirrored },
  ]) {
    it(`keeps a component of a fifth of the ${larger} lung, and drops one of a tenth`, function () {
      const large = ['####....', '####....', '####....', '####....', '####....']
      const found = ['RRRR....', 'RRRR....', 'RRRR....', 'RRRR....', 'RRRR....']
      const fifth = lung(...as([...large, '......##', '......##', '........']))
      expect(drawn(separateLungs(fifth, midline(8)))).to.deep.equal(as([...found, '......LL', '......LL', '........']))
      const tenth = lung(...as([...large, '......##', '........', '........']))
      expect(drawn(separateLungs(tenth, midline(8)))).to.deep.equal(as([...found, '........', '........', '........']))
    })

    it(`separates one component if a fifth of the ${larger} lung is across the midline, not if a tenth is`, function () {
      const above = ['.###....', '.###....', '.###....', '.###....', '.###....']
      const found = ['.RRR....', '.RRR....', '.RRR....', '.RRR....', '.RRR....']
      const fifth = lung(...as([...above, '.######.', '......#.', '........']))
      expect(drawn(separateLungs(fifth, midline(8)))).to.deep.equal(as([...found, '.RRRLLL.', '......L.', '........']))
      const tenth = lung(...as([...above, '.#####..', '........', '........']))
      expect(drawn(separateLungs(tenth, midline(8)))).to.deep.equal(as([...found, '.RRRRR..', '........', '........']))
    })
  }

  it('does not fill a gap that is open to the edge', function () {
    expect(drawn(separateLungs(lung('#.##', '#.##', '####', '####'), midline(4))).slice(0, 2)).to.deep.equal([
      'R.LL',
      'R.LL',
    ])
  })

  it('returns an empty mask for an empty mask', function () {
    expect(boundsOf(separateLungs(lung('..', '..'), midline(2)))).to.equal(undefined)
  })
})

describe('refineMask', function () {
  const mask: LungMask = { side: 4, samples: Uint8Array.of(1, 1, 0, 2, 1, 1, 0, 2, 1, 1, 0, 2, 1, 1, 0, 2) }

  it('puts the boundary between samples at a probability of one half', function () {
    const probability = (edge: number) => ({
      side: 4,
      samples: Float32Array.from({ length: 16 }, (_, i) => [0.99, 0.99, edge, 0.99][i % 4]!),
    })
    const rightWidth = (edge: number) =>
      refineMask(mask, probability(edge), 64)
        .samples.subarray(0, 64)
        .filter((value) => value === 1).length
    expect(rightWidth(0.38)).to.be.above(rightWidth(0.01))
  })

  it('keeps every sample of the cut, whatever the probability', function () {
    const wrong = { side: 4, samples: Float32Array.from(mask.samples, (value) => (value === 0 ? 0.9 : 0.2)) }
    const refined = refineMask(mask, wrong, 8).samples
    for (let i = 0; i < 16; i++) expect(refined[Math.floor(i / 4) * 16 + (i % 4) * 2]).to.equal(mask.samples[i])
  })
})
