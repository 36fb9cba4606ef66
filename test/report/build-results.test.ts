import { expect } from 'chai'
import type { Prediction } from '../../src/classify/prediction.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { integerOf } from '../../src/dicom/element-values.ts'
import { textOf } from '../../src/dicom/element-values.ts'
import { buildResults } from '../../src/report/build-results.ts'
import { pictureJpeg } from '../../src/report/picture/jpeg.ts'
import { dicomObjects } from '../../src/report/result-kinds.ts'
import type { ResultObjects } from '../../src/report/result-objects.ts'
import { expectRejection } from '../classify/expect-code.ts'
import {
  analysed,
  failedImage,
  imagePrediction,
  manyImages,
  predictionOf,
  previewsOf,
  refusedImage,
} from './fixtures.ts'
import { hl7Receiver, reportOptions } from './report-options.ts'

describe('the results of a study', () => {
  const build = (prediction: Prediction, section: Parameters<typeof reportOptions>[0] = {}) =>
    buildResults(prediction, previewsOf(prediction), reportOptions(section))
  const identityOf = ({ parts }: ResultObjects) =>
    dicomObjects(parts).flatMap((object) => [object.sopInstanceUid, object.seriesInstanceUid])

  it('has one segmentation per image with located lungs if enabled', async () => {
    const asked = async (prediction: Prediction) =>
      (await build(prediction, { Results: { Segmentation: true } })).parts.segmentations
    const [one, two] = (await asked(predictionOf['images that disagree']()))!
    for (const object of [one!, two!]) {
      const { dataset } = parseDicomFile(object.bytes)
      expect(textOf(dataset, '00080016')).to.equal('1.2.840.10008.5.1.4.1.1.66.4')
      expect(textOf(dataset, '00080018')).to.equal(object.sopInstanceUid)
      expect(textOf(dataset, '0020000E')).to.equal(object.seriesInstanceUid)
    }
    expect(one!.seriesInstanceUid).to.not.equal(two!.seriesInstanceUid)
    const [frame, other] = [one!, two!].map(({ bytes }) => textOf(parseDicomFile(bytes).dataset, '00200052'))
    expect(frame, 'the images do not share a space').to.not.equal(other)
    expect(await asked(predictionOf['whole frame with warnings']())).to.deep.equal([])
    expect(await asked(predictionOf.refused())).to.deep.equal([])
  })

  it('has an HL7 message with its own control ID if enabled', async () => {
    const asked = async (prediction: Prediction) => (await build(prediction, { Hl7: hl7Receiver })).parts.hl7
    const [one, same, other] = [
      await asked(predictionOf.present()),
      await asked(predictionOf.present()),
      await asked(predictionOf.refused()),
    ]
    expect(same).to.deep.equal(one)
    expect(other?.controlId).to.not.equal(one?.controlId)
  })

  it('has one report, and one picture per image in the order of the images', async () => {
    const prediction = predictionOf['images that disagree']()
    const { parts } = await build(prediction)
    const sources = parts.pictures!.map(({ bytes }) => JSON.stringify(parseDicomFile(bytes).dataset['00082112']?.Value))
    expect(parts.structuredReport).to.have.length(1)
    expect(sources).to.have.length(2)
    for (const [index, { header }] of prediction.images.entries())
      expect(sources[index]).to.contain(header.sopInstanceUid)
    for (const object of dicomObjects(parts)) {
      const { dataset } = parseDicomFile(object.bytes)
      expect(textOf(dataset, '00080016')).to.equal(object.sopClassUid)
      expect(textOf(dataset, '00080018')).to.equal(object.sopInstanceUid)
      expect(textOf(dataset, '0020000E')).to.equal(object.seriesInstanceUid)
    }
  })

  it('has a SOP Instance UID for each object of a study of three images, and all pictures in one series', async () => {
    const { parts } = await build(manyImages(3), { Results: { Segmentation: true } })
    const objects = dicomObjects(parts)
    expect(objects, 'a report, three pictures and three segmentations').to.have.length(7)
    expect(new Set(objects.map(({ sopInstanceUid }) => sopInstanceUid)).size).to.equal(7)
    expect(new Set(objects.map(({ seriesInstanceUid }) => seriesInstanceUid)).size).to.equal(5)
    expect(new Set(parts.pictures!.map(({ seriesInstanceUid }) => seriesInstanceUid)).size).to.equal(1)
  })

  it('puts the same picture into the record and the archive', async () => {
    const { parts, pagePictures } = await build(predictionOf.absent())
    const [[object], [jpeg]] = [parts.pictures!, pagePictures]
    expect(JSON.stringify(parts.fhir)).to.contain(Buffer.from(jpeg!).toString('base64'))
    const { dataset, pixelData } = parseDicomFile(object!.bytes)
    const [width, height] = [integerOf(dataset, '00280011')!, integerOf(dataset, '00280010')!]
    if (pixelData?.kind !== 'native') throw new Error('the Secondary Capture has no plain pixels')
    expect(await pictureJpeg({ width, height, rgb: new Uint8Array(pixelData.bytes) })).to.deep.equal(jpeg)
  })

  it('gives the same bytes for the same prediction', async () => {
    const prediction = predictionOf.present()
    expect(await build(prediction)).to.deep.equal(await build(prediction))
  })

  it('has different UIDs for a different algorithm', async () => {
    const prediction = predictionOf.absent()
    const other = { ...prediction, model: { ...prediction.model, digest: 'f'.repeat(64) } }
    const others = identityOf(await build(other))
    expect(identityOf(await build(prediction)).filter((uid) => others.includes(uid))).to.deep.equal([])
    expect((await build(prediction)).resultKey).to.not.equal((await build(other)).resultKey)
  })

  it('has a different result key if the outcome of one image differs, even if the decision is the same', async () => {
    const image = imagePrediction({ pneumonia: 0.05 })
    const results = await Promise.all([
      build(analysed([image])),
      build(analysed([image], { notAnalysed: [failedImage(2)] })),
      build(analysed([image], { notAnalysed: [refusedImage(2)] })),
      build(analysed([image, imagePrediction({ pneumonia: 0.04, imageNumber: 2 })])),
    ])
    expect(new Set(results.map((result) => result.resultKey)).size).to.equal(4)
  })

  it('has no picture if nothing was analysed', async () => {
    const { parts, pagePictures } = await build(predictionOf.failed())
    expect([parts.pictures, pagePictures]).to.deep.equal([[], []])
  })

  it('throws for an analysed image without a preview', () =>
    expectRejection(buildResults(predictionOf.present(), new Map(), reportOptions()), 'REPORT_INVALID_CONTENT'))
})
