import { expect } from 'chai'
import { measureScale } from '../../src/benchmark/scale.ts'
import { inTempDir, realClock } from '../service/fixtures.ts'

describe('measureScale', () => {
  it('times bookkeeping and worklist page at each size, and measures the size of page and state', () =>
    inTempDir(async (dir) => {
      const [few, many] = await measureScale([2, 60], dir, realClock)
      expect([few?.studies, many?.studies]).to.deep.equal([2, 60])
      for (const { bookkeeping, worklistPage } of [few!, many!]) {
        expect(bookkeeping.medianMs).to.be.above(0)
        expect(worklistPage.medianMs).to.be.above(0)
      }
      expect(many!.worklistPageKb).to.be.above(10 * few!.worklistPageKb)
      expect(many!.stateKbPerStudy).to.be.below(few!.stateKbPerStudy)
    }))
})
