import { expect } from 'chai'
import { toCroppedLungs } from '../../src/classify/preprocess.ts'

describe('lungs for the network', () => {
  it('have the box of the region, and an outline only if they were found', () => {
    const box = { x: 1, y: 2, width: 3, height: 4 }
    const mask = { side: 4, samples: new Uint8Array(16).fill(1) }
    const found = toCroppedLungs({ kind: 'found', box, quality: 1, mask })
    expect(found.box).to.equal(box)
    expect(found.outline).to.have.deep.members([
      [0, 0],
      [1, 0],
      [1, 1],
      [0, 1],
    ])
    expect(toCroppedLungs({ kind: 'whole-frame', box, quality: 0, warning: '' })).to.deep.equal({
      box,
      outline: undefined,
    })
  })
})
