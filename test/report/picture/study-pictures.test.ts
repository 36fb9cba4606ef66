import { expect } from 'chai'
import sharp from 'sharp'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { pictureResult } from '../../../src/report/picture/picture-result.ts'
import { type StudyPicture, studyPictures } from '../../../src/report/picture/study-pictures.ts'
import { expectRecorded } from '../../recording.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { predictionOf, previewsOf } from '../fixtures.ts'
import { objectToRecord, recordedStudies, resultKey } from '../recorded-studies.ts'
import { dejavuFonts } from './picture-fonts.ts'

describe('the pictures of a study', () => {
  const prediction = recordedStudies['several images']
  const fonts = dejavuFonts()
  let pictures: readonly StudyPicture[]

  before(async () => {
    pictures = await studyPictures(prediction, previewsOf(prediction), resultKey, fonts)
  })

  it('have every attribute as recorded', () =>
    expectRecorded(
      new URL('recordings/captures.json', import.meta.url),
      pictures.map(({ object }) => objectToRecord(object)),
      0,
    ))

  it('are in the files of analyze and on the pages as they are in the archive', async () => {
    const build = pictureResult.builder({ Results: { SecondaryCapture: true } })!
    const material = { prediction, resultKey, pictures: Promise.resolve(pictures) }
    const objects = await build(material)
    expect(objects).to.deep.equal(pictures.map(({ object }) => object))
    expect(await pictureResult.pagePictures(material)).to.deep.equal(pictures.map(({ jpeg }) => jpeg))
    const files = await pictureResult.files(objects)
    expect(files.map(({ name }) => name)).to.deep.equal(objects.flatMap(() => ['sc.dcm', 'overlay.png']))
    const { pixelData } = parseDicomFile(objects[2]!.bytes)
    const png = await sharp(files[5]!.bytes).raw().toBuffer({ resolveWithObject: true })
    if (pixelData?.kind !== 'native') throw new Error('the pixels are compressed')
    expect(png.info).to.include({ width: 1024, channels: 3 })
    expect(Buffer.compare(png.data, pixelData.bytes.subarray(0, png.data.length))).to.equal(0)
    expect(await sharp(pictures[2]!.jpeg).metadata()).to.include({ width: png.info.width, height: png.info.height })
  })

  it('are not written to the archive if they are disabled', () => {
    expect(pictureResult.builder({ Results: { SecondaryCapture: false } })).to.equal(undefined)
  })

  it('are none if nothing was analysed', async () => {
    expect(await studyPictures(predictionOf.refused(), new Map(), resultKey, fonts)).to.deep.equal([])
  })

  it('cannot be drawn without the pixels of an analysed image', async () => {
    const { message, code } = await failureOf(studyPictures(prediction, new Map(), resultKey, fonts))
    expect(code).to.equal('REPORT_INVALID_CONTENT')
    expect(message).to.contain('an analysed image without its preview')
  })
})
