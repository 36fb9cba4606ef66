import { expect } from 'chai'
import { buildResults } from '../../src/report/build-results.ts'
import { dicomObjects, resultFiles, resultNames } from '../../src/report/result-kinds.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import { predictionOf, previewsOf } from './fixtures.ts'
import { everyKind, everythingOn } from './every-kind.ts'
import { reportOptions } from './report-options.ts'

describe('the kinds of results', () => {
  const prediction = predictionOf.present()
  const built = (section: Readonly<Record<string, unknown>>) =>
    buildResults(prediction, previewsOf(prediction), reportOptions(section))

  /** Everything enabled. */
  let all: ResultObjects

  before(async () => {
    all = await built(everythingOn)
  })

  it('are all built if enabled, each object with its own UID', () => {
    const { parts } = all
    expect(Object.keys(parts)).to.deep.equal(resultNames)
    const uids = dicomObjects(parts).flatMap(({ sopInstanceUid, seriesInstanceUid }) => [
      sopInstanceUid,
      seriesInstanceUid,
    ])
    expect(uids).to.not.deep.equal([])
    expect(new Set(uids).size).to.equal(uids.length)
  })

  for (const name of resultNames) {
    it(`does not build ${name} if disabled, and builds all other kinds unchanged`, async () => {
      const { parts, pagePictures } = await built(everyKind[name].off)
      const others = Object.entries(all.parts).filter(([other]) => other !== name)
      expect(parts).to.deep.equal(Object.fromEntries(others))
      expect(pagePictures, 'the pages show the same').to.deep.equal(all.pagePictures)
    })

    it(`writes non-empty files of ${name} for analyze`, async () => {
      const { parts } = all
      const files = await resultFiles({ [name]: parts[name] })
      expect(files.map((file) => file.name).sort()).to.deep.equal(everyKind[name].files)
      for (const { bytes } of files) expect(bytes.length).to.be.above(100)
    })
  }

  it('have page pictures only for analysed images', async () => {
    expect((await built({})).pagePictures).to.have.length(1)
    const failed = predictionOf.failed()
    expect((await buildResults(failed, previewsOf(failed), reportOptions())).pagePictures).to.deep.equal([])
  })
})
