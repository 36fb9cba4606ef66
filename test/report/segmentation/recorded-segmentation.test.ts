import { expect } from 'chai'
import { segmentationResult } from '../../../src/report/segmentation/segmentation-result.ts'
import { expectRecorded } from '../../recording.ts'
import { materialOf, objectToRecord, recordedNames } from '../recorded-studies.ts'

describe('the segmentations of a study, with every attribute', () => {
  const build = segmentationResult.builder({ Results: { Segmentation: true } })!

  for (const name of recordedNames) {
    it(`are as recorded: ${name}`, async () => {
      const objects = await build(materialOf(name))
      const file = new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)
      await expectRecorded(file, objects.map(objectToRecord), 0)
    })
  }

  it('are in the files of analyze, and are not built if they are disabled', async () => {
    const objects = await build(materialOf('present'))
    const files = await segmentationResult.files(objects)
    expect(files).to.deep.equal([{ name: 'seg.dcm', bytes: objects[0]!.bytes }])
    expect(segmentationResult.builder({ Results: { Segmentation: false } })).to.equal(undefined)
    expect(await segmentationResult.pagePictures(materialOf('present'))).to.deep.equal([])
  })
})
