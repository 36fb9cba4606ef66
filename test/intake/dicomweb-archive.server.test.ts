import { expect } from 'chai'
import { DicomWebArchive } from '../../src/intake/dicomweb-archive.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { textOf } from '../../src/dicom/element-values.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { convertWith } from '../pixels/sample-images.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withOrthanc } from '../servers/orthanc.ts'

describe('reading from an archive by DICOMweb only', () => {
  const orthanc = withOrthanc()
  const archive = (): DicomWebArchive => new DicomWebArchive(orthanc().dicomWeb)

  it('lists the headers of a study without pixel data, with names in their own script', async () => {
    const sample = childChestRadiograph({ tags: { PatientName: 'Žižková^Zoë' } })
    await orthanc().send(sample)
    const [dataset, ...others] = await archive().listImages(sample)
    expect(others).to.deep.equal([])
    expect(dataset?.['00100010']).to.deep.equal({ vr: 'PN', Value: [{ Alphabetic: 'Žižková^Zoë' }] })
    expect(dataset).not.to.have.property('7FE00010')
  })

  it('fetches a file as it was stored, compressed or not', async () => {
    const sample = childChestRadiograph()
    await orthanc().send(sample)
    expect(await archive().fetchImage(sample)).to.deep.equal(sample.bytes)
    const other = childChestRadiograph()
    const compressed = await convertWith(other.bytes, 'dcmcjpls')
    await orthanc().send({ ...other, bytes: compressed })
    expect(await archive().fetchImage(other)).to.deep.equal(compressed)
  })

  it('fetches a compressed file uncompressed', async () => {
    const sample = childChestRadiograph()
    await orthanc().send({ ...sample, bytes: await convertWith(sample.bytes, 'dcmcjpls') })
    const fetched = parseDicomFile((await archive().fetchUncompressed(sample))!)
    expect(fetched.transferSyntaxUid).to.equal('1.2.840.10008.1.2.1')
    expect(fetched.pixelData).to.deep.equal(parseDicomFile(sample.bytes).pixelData)
  })

  it('reports a deleted study as permanent, and a deleted image as a change under way', async () => {
    const gone = childChestRadiograph()
    const image = await failureOf(archive().fetchImage(gone))
    expect([image.code, image.failureClass]).to.deep.equal(['INTAKE_IMAGE_NOT_FOUND', 'transient'])
    const study = await failureOf(archive().listImages(gone))
    expect([study.code, study.failureClass]).to.deep.equal(['INTAKE_STUDY_NOT_FOUND', 'permanent'])
  })

  it('rejects a file above the size limit', async () => {
    const sample = childChestRadiograph()
    await orthanc().send(sample)
    const small = new DicomWebArchive(orthanc().dicomWeb, { maxMetadataBytes: 2 ** 20, maxImageBytes: 1000 })
    expect((await failureOf(small.fetchImage(sample))).code).to.equal('HTTP_ANSWER_TOO_LARGE')
  })
})

for (const mode of ['MainDicomTags', 'Extrapolate']) {
  describe(`reading from an Orthanc whose StudiesMetadata is ${mode}`, () => {
    const orthanc = withOrthanc({
      DicomWeb: { Enable: true, Root: '/dicom-web/', StudiesMetadata: mode, SeriesMetadata: mode },
    })

    it('lists every attribute of each image and document, as an Orthanc with full metadata does', async () => {
      const image = childChestRadiograph()
      const { studyInstanceUid, seriesInstanceUid } = image
      const other = childChestRadiograph({ studyInstanceUid, seriesInstanceUid, tags: { ViewPosition: 'LL' } })
      const document = childChestRadiograph({ studyInstanceUid, tags: { Modality: 'SR' } })
      for (const sample of [image, other, document]) await orthanc().send(sample)
      const listed = await new DicomWebArchive(orthanc().dicomWeb).listImages(image)
      const headers = new Map(listed.map((dataset) => [textOf(dataset, '00080018'), readImageHeader(dataset)]))
      expect([...headers.keys()]).to.have.members([image, other, document].map((sample) => sample.sopInstanceUid))
      for (const sample of [image, other, document])
        expect(headers.get(sample.sopInstanceUid)).to.deep.equal(readImageHeader(parseDicomFile(sample.bytes).dataset))
    })
  })
}
