import { expect } from 'chai'
import { inputKey, resultKey, uidFor } from '../../src/report/uids.ts'

const digest = 'c0ffee12'.repeat(8)

describe('the identity of a result', () => {
  it('depends on every image and the algorithm, not on the order of the images', () => {
    expect(inputKey(['1.2', '1.10'], digest)).to.equal(inputKey(['1.10', '1.2'], digest))
    const keys = [
      inputKey(['1.2', '1.10'], digest),
      inputKey(['1.2'], digest),
      inputKey(['1.2', '1.10', '1.3'], digest),
      inputKey(['1.21', '.10'], digest),
      inputKey(['1.2', '1.10'], 'd'.repeat(64)),
    ]
    expect(new Set(keys).size).to.equal(keys.length)
  })

  it('differs for a different outcome', () => {
    const input = inputKey(['1.2'], digest)
    expect(resultKey(input, 'absent')).to.equal(resultKey(input, 'absent'))
    expect(resultKey(input, 'absent')).to.not.equal(resultKey(input, 'present'))
  })

  it('gives every object its own valid UID, the same every time', () => {
    const roles = ['structured-report', 'structured-report-series', 'secondary-capture', 'tracking', 'device']
    const all = roles.flatMap((role) => Array.from({ length: 50 }, (_, index) => uidFor(`${index % 3}`, role, index)))
    expect(new Set(all).size).to.equal(all.length)
    for (const uid of all) expect(uid).to.match(/^2\.25\.(0|[1-9]\d{0,38})$/)
    expect(uidFor('key', 'device')).to.equal(uidFor('key', 'device'))
  })
})
