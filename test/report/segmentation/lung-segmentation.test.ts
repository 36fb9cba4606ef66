import { expect } from 'chai'
import type { LungMask } from '../../../src/lungs/lung-region.ts'
import { parseDicomFile } from '../../../src/dicom/dicom-file.ts'
import { firstItem, numbersOf, textOf } from '../../../src/dicom/element-values.ts'
import { lungSegmentation } from '../../../src/report/segmentation/lung-segmentation.ts'
import { drawSegment } from '../../../src/report/segmentation/segment-frames.ts'
import { dciodvfy } from '../dciodvfy.ts'
import { analysed, imagePrediction, sourceHeader } from '../fixtures.ts'

const uids = {
  sopInstanceUid: '2.25.2001',
  seriesInstanceUid: '2.25.2002',
  frameOfReferenceUid: '2.25.2003',
  dimensionOrganizationUid: '2.25.2004',
}

/** Right lung in the left third, left lung in the right third, of the middle half. */
const mask: LungMask = {
  side: 60,
  samples: Uint8Array.from({ length: 3600 }, (_, index) => {
    const [x, y] = [index % 60, Math.floor(index / 60)]
    if (y < 15 || y >= 45) return 0
    return x < 20 ? 1 : x >= 40 ? 2 : 0
  }),
}

describe('the segmentation of the lungs', () => {
  for (const [name, size] of Object.entries({
    'of whole bytes a frame': { width: 700, height: 500 },
    'whose frames of bits would begin inside a byte': { width: 510, height: 601 },
  })) {
    it(`is a valid Segmentation Storage object: ${name} (skipped without dicom3tools)`, async function () {
      const image = imagePrediction(size)
      const said = await dciodvfy(
        lungSegmentation(image, mask, analysed([image], { source: sourceHeader(size) }), uids),
      )
      if (said === undefined) this.skip()
      expect(said.filter((line) => line.startsWith('Error'))).to.deep.equal([])
      expect(said, 'what it was taken for').to.include('Segmentation')
    })
  }

  const parsedOf = (size: { readonly width: number; readonly height: number }) => {
    const image = imagePrediction(size)
    const { dataset, pixelData } = parseDicomFile(lungSegmentation(image, mask, analysed([image]), uids))
    if (pixelData?.kind !== 'native') throw new Error('not native')
    return { type: textOf(dataset, '00620001'), bytes: pixelData.bytes }
  }

  it('holds both lungs at the size and position of the image', () => {
    const { type, bytes } = parsedOf({ width: 510, height: 600 })
    expect(type).to.equal('BINARY')
    const at = (frame: number, x: number, y: number): number => {
      const bit = frame * 510 * 600 + y * 510 + x
      return (bytes[bit >> 3]! >> (bit & 7)) & 1
    }
    // The right lung ends at a third of the width, and both lie between a quarter and three quarters of the height.
    expect([at(0, 5, 300), at(0, 168, 300), at(0, 172, 300), at(0, 500, 300)]).to.deep.equal([1, 1, 0, 0])
    expect([at(1, 5, 300), at(1, 338, 300), at(1, 342, 300), at(1, 500, 300)]).to.deep.equal([0, 0, 1, 1])
    expect([at(0, 5, 148), at(0, 5, 152), at(0, 5, 448), at(0, 5, 453)]).to.deep.equal([0, 1, 1, 0])
  })

  for (const [name, attributes, expected] of [
    ['that of the source', { '00280030': { vr: 'DS', Value: [0.143, 0.15] } }, [0.143, 0.15]],
    ['that of the detector', { '00181164': { vr: 'DS', Value: [0.2, 0.2] } }, [0.2, 0.2]],
    ['one millimetre where the source has none', {}, [1, 1]],
    ['one millimetre if the source has no valid one', { '00280030': { vr: 'DS', Value: [0, 'x'] } }, [1, 1]],
  ] as const) {
    it(`has a pixel spacing: ${name}`, () => {
      const image = imagePrediction({ attributes })
      const { dataset } = parseDicomFile(lungSegmentation(image, mask, analysed([image]), uids))
      const shared = firstItem(dataset, '52009229')!
      expect(numbersOf(firstItem(shared, '00289110')!, '00280030')).to.deep.equal(expected)
    })
  }

  it('starts every frame at a byte boundary, because OHIF scrambles others', () => {
    const { type, bytes } = parsedOf({ width: 511, height: 601 })
    expect(type).to.equal('FRACTIONAL')
    const at = (frame: number, x: number, y: number) => bytes[frame * 511 * 601 + y * 511 + x]
    expect([at(0, 5, 300), at(0, 168, 300), at(0, 172, 300), at(0, 500, 300)]).to.deep.equal([1, 1, 0, 0])
    expect([at(1, 5, 300), at(1, 338, 300), at(1, 343, 300), at(1, 500, 300)]).to.deep.equal([0, 0, 1, 1])
  })

  it('references its source image and names its segments', () => {
    const image = imagePrediction()
    const text = JSON.stringify(parseDicomFile(lungSegmentation(image, mask, analysed([image]), uids)).dataset)
    for (const part of [image.header.sopInstanceUid, '3341006', '44029006', 'Not for diagnostic use']) {
      expect(text).to.contain(part)
    }
  })

  it('counts a pixel as lung whose centre is exactly on the border', () => {
    const half: LungMask = { side: 2, samples: Uint8Array.of(1, 0, 1, 0) }
    const samples = new Uint8Array(9)
    drawSegment(half, 1, { width: 3, height: 3 }, samples)
    expect([...samples]).to.deep.equal([1, 1, 0, 1, 1, 0, 1, 1, 0])
  })

  it('does not round off a lung that fills its frame', () => {
    const full: LungMask = { side: 4, samples: new Uint8Array(16).fill(1) }
    const samples = new Uint8Array(100)
    drawSegment(full, 1, { width: 10, height: 10 }, samples)
    expect(new Set(samples)).to.deep.equal(new Set([1]))
  })
})
