import { expect } from 'chai'
import { benchmarkPixels } from '../../src/benchmark/image.ts'
import { measureSoak } from '../../src/benchmark/soak.ts'
import { modelDir } from '../../src/analyse/model-folder.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { inTempDir } from '../service/fixtures.ts'

describe('measureSoak', function () {
  this.timeout(120_000)

  it('measures memory, open files and speed of the service with a real Orthanc', () =>
    inTempDir(async (dir) => {
      const soak = await measureSoak(await benchmarkPixels(shippedAtlas(), 300), 2, modelDir('pneumonia/1.0.1'), dir)
      expect(soak.studies).to.equal(2)
      expect(soak.mbByTenth).to.have.length(1)
      // Node, the network and the atlas take more than this; a smaller value would belong to some other process.
      expect(soak.mbByTenth[0]).to.be.above(200)
      expect(soak.mostMb).to.be.at.least(soak.mbByTenth[0]!)
      for (const number of [soak.studiesPerSecond, soak.openFilesAtFirst, soak.openFilesAtLast])
        expect(number).to.be.above(0)
    }))
})
