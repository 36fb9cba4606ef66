import { expect } from 'chai'
import type { LungMask } from '../../../src/lungs/lung-region.ts'
import { boundaryDistancePct } from '../../../src/training/statistics/boundary-distance.ts'

const side = 40

function rectangle(left: number, top: number, width: number, height: number): LungMask {
  const samples = Uint8Array.from({ length: side * side }, (_, i) => {
    const [x, y] = [i % side, Math.floor(i / side)]
    return x >= left && x < left + width && y >= top && y < top + height ? 1 : 0
  })
  return { side, samples }
}

describe('boundaryDistancePct', function () {
  it('is 0 between a mask and itself, whichever lung each sample belongs to', function () {
    const mask = rectangle(5, 5, 20, 20)
    const other = { side, samples: mask.samples.map((value, i) => (value === 0 ? 0 : i % side < 15 ? 1 : 2)) }
    expect(boundaryDistancePct(mask, other, { width: 1, height: 1 })).to.equal(0)
  })

  it('is measured in the aspect ratio of the image, in percent of its diagonal', function () {
    const one = rectangle(0, 0, 20, side)
    const other = rectangle(0, 0, 24, side)
    // The boundaries lie 4 of 40 columns apart: 10 % of the width.
    expect(boundaryDistancePct(one, other, { width: 300, height: 400 })).to.be.closeTo(100 * (30 / 500), 1e-9)
    expect(boundaryDistancePct(one, other, { width: 400, height: 300 })).to.be.closeTo(100 * (40 / 500), 1e-9)
  })

  it('is 100 if one mask is empty', function () {
    expect(boundaryDistancePct(rectangle(0, 0, 0, 0), rectangle(5, 5, 9, 9), { width: 1, height: 1 })).to.equal(100)
  })
})
