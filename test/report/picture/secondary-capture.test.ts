import { expect } from 'chai'
import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { textOf, textsOf } from '../../../src/dicom/element-values.ts'
import type { RgbRaster } from '../../../src/report/picture/raster.ts'
import { secondaryCapture } from '../../../src/report/picture/secondary-capture.ts'
import { dciodvfy } from '../dciodvfy.ts'
import { drawnPicture } from './drawn-picture.ts'
import {
  type AnalysedPrediction,
  analysed,
  imagePrediction,
  patient,
  predictionOf,
  previewOf,
  sourceHeader,
} from '../fixtures.ts'
import { dejavuFonts } from './picture-fonts.ts'

const uids = { sopInstanceUid: '2.25.1001', seriesInstanceUid: '2.25.1002' }

/** Three by three pixels, an odd number of bytes. */
const tinyPicture: RgbRaster = {
  width: 3,
  height: 3,
  rgb: Uint8Array.from({ length: 27 }, (_, index) => index * 9),
}

const lossyTags = ['00282110', '00282112', '00282114'] as const

/** The header of an image that was compressed twice. */
function lossySource(lossy: '00' | '01', imageNumber: number): DicomDataset {
  return sourceHeader({
    imageNumber,
    attributes: {
      '00282110': { vr: 'CS', Value: [lossy] },
      '00282112': { vr: 'DS', Value: [12.5, 3] },
      '00282114': { vr: 'CS', Value: ['ISO_10918_1', 'ISO_15444_1'] },
    },
  })
}

describe('the secondary capture', () => {
  const capture = (prediction: AnalysedPrediction, picture = tinyPicture, number = 0) => {
    const { bytes, pixels } = secondaryCapture(picture, prediction.images[number]!, prediction, uids)
    pixels.set(picture.rgb)
    return bytes
  }
  const headerOf = (prediction: AnalysedPrediction, number = 0) =>
    parseDicomFile(capture(prediction, tinyPicture, number)).dataset

  const sources: Readonly<Record<string, DicomDataset>> = {
    'a full header': sourceHeader(),
    'a header without any patient': sourceHeader({
      attributes: Object.fromEntries(
        [
          '00080020',
          '00080030',
          '00080050',
          '00080090',
          '00100010',
          '00100020',
          '00100030',
          '00100040',
          '00101010',
        ].map((tag) => [tag, undefined]),
      ),
    }),
    'a header of lossy pixels': lossySource('01', 1),
  }

  it('is valid to dciodvfy for every outcome and every source (skipped without dicom3tools)', async function () {
    const predictions = [
      ...Object.values(predictionOf).map((make) => make()),
      ...Object.values(sources).map((source) => analysed([imagePrediction()], { source })),
    ]
    for (const prediction of predictions) {
      if (prediction.kind !== 'analysed') continue
      for (const number of prediction.images.keys()) {
        const said = await dciodvfy(capture(prediction, tinyPicture, number))
        if (said === undefined) this.skip()
        expect(said.filter((line) => line.startsWith('Error'))).to.deep.equal([])
        expect(said, 'what it was taken for').to.include('SCImage')
      }
    }
  })

  it('fails dciodvfy if it is deliberately made invalid', async function () {
    const broken = capture(
      analysed([imagePrediction()], { source: sourceHeader({ attributes: { '0020000D': undefined } }) }),
    )
    const said = await dciodvfy(broken)
    if (said === undefined) this.skip()
    expect(said.some((line) => line.startsWith('Error'))).to.equal(true)
  })

  it("carries the picture's pixels unchanged", async () => {
    const prediction = predictionOf.present()
    const picture = await drawnPicture(prediction.images[0], prediction, previewOf(prediction.images[0]), dejavuFonts())
    for (const drawn of [picture, tinyPicture]) {
      const { dataset, pixelData, transferSyntaxUid } = parseDicomFile(capture(prediction, drawn))
      expect(transferSyntaxUid).to.equal('1.2.840.10008.1.2.1')
      expect([dataset['00280011']?.Value, dataset['00280010']?.Value]).to.deep.equal([[drawn.width], [drawn.height]])
      if (pixelData?.kind !== 'native') throw new Error('the pixels are not native')
      expect(pixelData.bytes.length % 2).to.equal(0)
      expect(Buffer.compare(pixelData.bytes.subarray(0, drawn.rgb.length), drawn.rgb)).to.equal(0)
    }
  })

  it('has the patient and study of its source, and its own series', () => {
    const header = headerOf(predictionOf.present())
    const source = sourceHeader()
    for (const tag of [
      '00080020',
      '00080030',
      '00080050',
      '00100020',
      '00100030',
      '00100040',
      '0020000D',
      '00200010',
    ]) {
      expect(textOf(header, tag), tag).to.equal(textOf(source, tag))
    }
    expect(header['00100010']?.Value).to.deep.equal([
      { Alphabetic: patient.alphabetic, Ideographic: patient.ideographic },
    ])
    expect(textOf(header, '00080005')).to.equal('ISO_IR 192')
    expect(textOf(header, '0020000E')).to.equal(uids.seriesInstanceUid)
    expect(textOf(header, '0008103E')).to.contain('not for diagnostic use')
    expect(textsOf(header, '00080008')).to.deep.equal(['DERIVED', 'SECONDARY'])
    expect(textOf(header, '00080064')).to.equal('WSD')
  })

  it('references its source image, with its finding and its number among the pictures of the study', () => {
    const header = headerOf(predictionOf['images that disagree'](), 1)
    const [item] = (header['00082112']?.Value ?? []) as DicomDataset[]
    expect(textOf(item!, '00081155')).to.equal('1.2.826.0.1.3680043.10.1338.7.1.2')
    expect(header['00200013']?.Value?.map(String)).to.deep.equal(['2'])
    expect(textOf(header, '00082111')).to.contain('Pneumonia: absent, probability 12 %')
  })

  for (const number of [0, 1]) {
    it(`has text burned in only if its own image has, of two: image ${number + 1}`, () => {
      const burned = imagePrediction({
        attributes: { '00280301': { vr: 'CS', Value: ['YES'] } },
        imageNumber: number + 1,
      })
      const clean = imagePrediction({ imageNumber: 2 - number })
      const prediction = analysed(number === 0 ? [burned, clean] : [clean, burned])
      const burnedIn = [0, 1].map((image) => textOf(headerOf(prediction, image), '00280301'))
      expect(burnedIn).to.deep.equal(number === 0 ? ['YES', 'NO'] : ['NO', 'YES'])
    })

    it(`has the lossy compression of the source only on the source's picture, of two: image ${number + 1}`, () => {
      const source = lossySource('01', number + 1)
      const prediction = analysed([imagePrediction(), imagePrediction({ imageNumber: 2 })], { source })
      const own = headerOf(prediction, number)
      expect(textOf(own, '00282110')).to.equal('01')
      expect(own['00282112']?.Value?.map(Number)).to.deep.equal([12.5, 3])
      expect(textsOf(own, '00282114')).to.deep.equal(['ISO_10918_1', 'ISO_15444_1'])
      const other = headerOf(prediction, 1 - number)
      for (const tag of lossyTags) expect(other).to.not.have.property(tag)
    })
  }

  it('has no lossy compression if its source was not compressed lossily', () => {
    for (const source of [sourceHeader(), lossySource('00', 1)]) {
      const header = headerOf(analysed([imagePrediction()], { source }))
      for (const tag of lossyTags) expect(header).to.not.have.property(tag)
    }
  })

  it('has the same bytes every time', () => {
    const [once, again] = [capture(predictionOf.present()), capture(predictionOf.present())]
    expect(Buffer.compare(once, again)).to.equal(0)
  })
})
