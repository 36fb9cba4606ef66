import { expect } from 'chai'
import { benchmarkPixels } from '../../src/benchmark/image.ts'
import { measureSoak } from '../../src/benchmark/soak.ts'
import { modelDir } from '../../src/analyse/model-folder.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { inTempDir } from '../service/fixtures.ts'

describe('what the service holds over many studies', function () {
  this.timeout(120_000)

  it('is measured through a real Orthanc', () =>
    inTempDir(async (dir) => {
      const soak = await measureSoak(await benchmarkPixels(shippedAtlas(), 300), 2, modelDir('pneumonia/1.0.1'), dir)
      expect(soak.studies).to.equal(2)
      expect(soak.mbByTenth).to.have.length(1)
      // Node, the network and the atlases; less would be another process.
      expect(soak.mbByTenth[0]).to.be.above(200)
      expect(soak.mostMb).to.be.at.least(soak.mbByTenth[0]!)
      for (const number of [soak.studiesPerSecond, soak.openFilesAtFirst, soak.openFilesAtLast])
        expect(number).to.be.above(0)
    }))
})
