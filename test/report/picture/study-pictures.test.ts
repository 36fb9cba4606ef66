import { expect } from 'chai'
import sharp from 'sharp'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { textOf } from '../../../src/dicom/element-values.ts'
import { pictureResult } from '../../../src/report/picture/picture-result.ts'
import { type StudyPicture, studyPictures } from '../../../src/report/picture/study-pictures.ts'
import { uidFor } from '../../../src/report/uids.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { analysed, imagePrediction, predictionOf, previewsOf } from '../fixtures.ts'
import { resultKey } from '../recorded-studies.ts'
import { dejavuFonts } from './picture-fonts.ts'

describe('the pictures of a study', () => {
  /** Narrow, to be drawn fast. */
  const narrow = { width: 12, height: 300, pneumonia: 0.05 }
  const prediction = analysed([imagePrediction(narrow), imagePrediction({ ...narrow, imageNumber: 2 })])
  const fonts = dejavuFonts()
  let pictures: readonly StudyPicture[]

  before(async () => {
    pictures = await studyPictures(prediction, previewsOf(prediction), resultKey, fonts)
  })

  it('are objects of their own in one series', () => {
    const identities = pictures.map(({ object: { bytes, ...identity } }) => {
      expect(textOf(parseDicomFile(bytes).dataset, '00080018')).to.equal(identity.sopInstanceUid)
      return identity
    })
    expect(identities).to.deep.equal(
      [0, 1].map((index) => ({
        kind: 'secondary-capture',
        sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
        sopInstanceUid: uidFor(resultKey, 'secondary-capture', index),
        seriesInstanceUid: uidFor(resultKey, 'secondary-capture-series'),
      })),
    )
  })

  it('are in the files of analyze and on the pages as they are in the archive', async () => {
    const build = pictureResult.builder({ Results: { SecondaryCapture: true } })!
    const material = { prediction, resultKey, pictures: Promise.resolve(pictures) }
    const objects = await build(material)
    expect(objects).to.deep.equal(pictures.map(({ object }) => object))
    expect(await pictureResult.pagePictures(material)).to.deep.equal(pictures.map(({ jpeg }) => jpeg))
    const files = await pictureResult.files(objects)
    expect(files.map(({ name }) => name)).to.deep.equal(objects.flatMap(() => ['sc.dcm', 'overlay.png']))
    const { pixelData } = parseDicomFile(objects[1]!.bytes)
    const png = await sharp(files[3]!.bytes).raw().toBuffer({ resolveWithObject: true })
    if (pixelData?.kind !== 'native') throw new Error('the pixels are compressed')
    expect(png.info).to.include({ width: 41 + 496, channels: 3 })
    expect(Buffer.compare(png.data, pixelData.bytes.subarray(0, png.data.length))).to.equal(0)
    expect(await sharp(pictures[1]!.jpeg).metadata()).to.include({ width: png.info.width, height: png.info.height })
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
