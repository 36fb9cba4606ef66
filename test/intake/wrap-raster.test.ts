import { spawnSync } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { TriageError } from '../../src/errors/triage-error.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { type RasterLabels, isRaster, wrapGray, wrapRaster } from '../../src/intake/wrap-raster.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'

const labels: RasterLabels = {
  patientName: 'Demo^Child 03',
  patientId: 'DEMO-03',
  patientAge: '003Y',
  viewPosition: 'AP',
  studyTime: new Date('2026-03-01T10:15:00Z'),
  accessionNumber: 'DEMO-03',
  studyDescription: 'Chest AP',
  seriesDescription: 'Picture of a test',
  imageComments: 'Made for a test',
}

/** 5 x 3 pixels: an odd number of bytes, which needs padding in DICOM. */
const gray = Uint8Array.from({ length: 15 }, (_, index) => index * 17)

describe('a picture file as DICOM', () => {
  it('keeps every sample of an 8-bit gray PNG', async () => {
    const dicom = parseDicomFile(await wrapRaster(await png(gray)))
    expect(header(dicom)).to.include({ rows: 3, columns: 5, photometricInterpretation: 'MONOCHROME2' })
    expect([...pixelBytes(dicom)].slice(0, 15)).to.deep.equal([...gray])
  })

  it('keeps every sample of a 16-bit gray PNG', async () => {
    const deep = Uint16Array.from({ length: 15 }, (_, index) => index * 4369)
    const bytes = await sharp(deep, { raw: { width: 5, height: 3, channels: 1 } })
      .toColourspace('grey16')
      .png()
      .toBuffer()
    const dicom = parseDicomFile(await wrapRaster(bytes))
    const stored = new Uint8Array(pixelBytes(dicom))
    expect(dicom.dataset['00280101']?.Value).to.deep.equal([16])
    // Pixel Data of more than 8 bits is OW (PS3.5 A.2).
    expect(dicom.pixelData).to.include({ kind: 'native', vr: 'OW' })
    expect([...new Uint16Array(stored.buffer)]).to.deep.equal([...deep])
  })

  it('converts a colour PNG with transparency to gray', async () => {
    const rgba = Uint8Array.from({ length: 15 * 4 }, (_, index) => (index % 4 === 3 ? 255 : 17 * Math.floor(index / 4)))
    const bytes = await sharp(rgba, { raw: { width: 5, height: 3, channels: 4 } })
      .png()
      .toBuffer()
    const stored = pixelBytes(parseDicomFile(await wrapRaster(bytes)))
    for (const [index, value] of gray.entries()) expect(stored[index]).to.be.closeTo(value, 1)
  })

  it('turns a JPEG upright and marks it as lossy', async () => {
    const lying = await sharp(gray, { raw: { width: 5, height: 3, channels: 1 } })
      .jpeg()
      .withMetadata({ orientation: 6 })
      .toBuffer()
    const dicom = parseDicomFile(await wrapRaster(lying))
    expect(header(dicom)).to.include({ rows: 5, columns: 3 })
    expect(dicom.dataset['00282110']?.Value).to.deep.equal(['01'])
    expect(dicom.dataset['00282114']?.Value).to.deep.equal(['ISO_10918_1'])
  })

  it('leaves age and view empty if they are not given', async () => {
    const told = header(parseDicomFile(await wrapRaster(await png(gray), labels)))
    const untold = header(parseDicomFile(await wrapRaster(await png(gray))))
    expect(told).to.include({ modality: 'CR', bodyPartExamined: 'CHEST', patientAge: '003Y', viewPosition: 'AP' })
    expect(untold).to.include({ patientAge: undefined, viewPosition: undefined })
  })

  it('is named as a picture of unknown origin, without an orientation, if nothing is known about it', async () => {
    const { dataset } = parseDicomFile(await wrapRaster(await png(gray)))
    const text = (tag: string) => dataset[tag]?.Value?.[0]
    expect([text('00100020'), text('00081030'), text('0008103E')]).to.deep.equal([
      'PICTURE-FILE',
      'Chest radiograph from a picture file',
      'Wrapped picture, for research',
    ])
    expect(text('00100010')).to.deep.equal({ Alphabetic: 'Picture^File' })
    expect(text('00200020')).to.equal(undefined)
    expect(text('00204000')).to.equal(undefined)
    expect(text('00120062'), 'Patient Identity Removed').to.equal('YES')
    const known = parseDicomFile(await wrapRaster(await png(gray), labels)).dataset
    expect(known['00200020']?.Value).to.deep.equal(['L', 'F'])
    expect(known['00204000']?.Value).to.deep.equal(['Made for a test'])
  })

  it('is the same file for the same picture, and a different study for a different seed', async () => {
    const bytes = await png(gray)
    const first = await wrapRaster(bytes, labels)
    expect(Buffer.compare(first, await wrapRaster(bytes, labels))).to.equal(0)
    const uids = [first, await wrapRaster(bytes, { ...labels, uidSeed: 'another run' })].map(
      (file) => header(parseDicomFile(file)).studyInstanceUid,
    )
    expect(uids[0]).to.match(/^2\.25\.\d{1,39}$/)
    expect(uids[0]).not.to.equal(uids[1])
  })

  it('is valid to dciodvfy (skipped without dicom3tools)', async function () {
    if (spawnSync('dciodvfy', ['-version']).error) this.skip()
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-raster-'))
    try {
      const file = join(dir, 'wrapped.dcm')
      for (const bytes of [
        wrapGray({ width: 5, height: 3, samples: gray }, labels),
        await wrapRaster(await png(gray)),
      ]) {
        await writeFile(file, bytes)
        const { stderr, stdout } = spawnSync('dciodvfy', [file], { encoding: 'utf8' })
        expect(stderr + stdout).to.contain('CRImage')
        expect(stderr + stdout).not.to.match(/^Error/m)
      }
    } finally {
      await rm(dir, { recursive: true })
    }
  })

  it('is rejected with INTAKE_RASTER_UNREADABLE if it is damaged', async () => {
    const whole = await png(gray)
    expect(isRaster(whole)).to.equal(true)
    expect(isRaster(Buffer.from('# README'))).to.equal(false)
    const error = await wrapRaster(whole.subarray(0, 40)).catch((thrown: unknown) => thrown)
    expect(error).to.be.instanceOf(TriageError).with.property('code', 'INTAKE_RASTER_UNREADABLE')
  })
})

function png(samples: Uint8Array): Promise<Buffer> {
  return sharp(samples, { raw: { width: 5, height: 3, channels: 1 } })
    .toColourspace('b-w')
    .png()
    .toBuffer()
}

function header({ dataset }: ReturnType<typeof parseDicomFile>) {
  return readImageHeader(dataset)
}

function pixelBytes({ pixelData }: ReturnType<typeof parseDicomFile>): Uint8Array {
  if (pixelData?.kind !== 'native') throw new Error('the pixels are not native')
  return pixelData.bytes
}
