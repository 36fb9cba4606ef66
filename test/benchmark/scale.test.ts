import { expect } from 'chai'
import { measureScale } from '../../src/benchmark/scale.ts'
import { inTempDir, realClock } from '../service/fixtures.ts'

describe('the bookkeeping of a growing list', () => {
  it('is measured at each size, with a page that grows with it', () =>
    inTempDir(async (dir) => {
      const [few, many] = await measureScale([3, 60], dir, realClock)
      expect([few?.studies, many?.studies]).to.deep.equal([3, 60])
      for (const { bookkeeping, worklistPage } of [few!, many!]) {
        expect(bookkeeping.medianMs).to.be.above(0)
        expect(worklistPage.medianMs).to.be.above(0)
      }
      expect(many!.worklistPageKb).to.be.above(10 * few!.worklistPageKb)
      expect(many!.stateKbPerStudy).to.be.below(few!.stateKbPerStudy)
    }))
})
