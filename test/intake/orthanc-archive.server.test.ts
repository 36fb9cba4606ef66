import { expect } from 'chai'
import { freePort } from '../../src/demo/free-port.ts'
import { TriageError } from '../../src/errors/triage-error.ts'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'
import { OrthancArchive } from '../../src/intake/orthanc-archive.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { convertWith } from '../pixels/sample-images.ts'
import { type DicomSample, childChestRadiograph } from '../servers/dicom-samples.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withOrthanc } from '../servers/orthanc.ts'

describe('reading from Orthanc', () => {
  const orthanc = withOrthanc()
  const archive = (): OrthancArchive => new OrthancArchive(orthanc().client, orthanc().dicomWeb)

  it('lists the headers of a study without pixel data, with names in their own script', async () => {
    const first = childChestRadiograph({ tags: { PatientName: 'Žižková^Zoë' } })
    const second = childChestRadiograph({ studyInstanceUid: first.studyInstanceUid })
    for (const sample of [first, second]) await orthanc().send(sample)
    const datasets = await archive().listImages(first)
    expect(datasets.map((dataset) => dataset['00080018']?.Value?.[0])).to.have.members([
      first.sopInstanceUid,
      second.sopInstanceUid,
    ])
    const dataset = datasets.find((one) => one['00080018']?.Value?.[0] === first.sopInstanceUid)
    expect(dataset?.['00100010']).to.deep.equal({ vr: 'PN', Value: [{ Alphabetic: 'Žižková^Zoë' }] })
    expect(dataset?.['00280010']).to.deep.equal({ vr: 'US', Value: [64] })
    expect(dataset).not.to.have.property('7FE00010')
  })

  it('fetches a file as stored', async () => {
    const sample = childChestRadiograph()
    await orthanc().send(sample)
    expect(await archive().fetchImage(sample)).to.deep.equal(sample.bytes)
  })

  it('fetches a compressed file uncompressed', async () => {
    const sample = childChestRadiograph()
    const compressed = await convertWith(sample.bytes, 'dcmcjpls')
    await orthanc().send({ ...sample, bytes: compressed })
    const fetched = parseDicomFile((await archive().fetchUncompressed(sample))!)
    expect(fetched.transferSyntaxUid).to.equal('1.2.840.10008.1.2.1')
    expect(fetched.pixelData).to.deep.equal(parseDicomFile(sample.bytes).pixelData)
  })

  it('returns undefined if Orthanc cannot uncompress a file', async () => {
    const sample = childChestRadiograph()
    await orthanc().send({ ...sample, bytes: await asJpegXl(sample.bytes) })
    expect(await archive().fetchUncompressed(sample)).to.equal(undefined)
  })

  it('fetches the image of the right study if its UID exists under two patients', async () => {
    const meant = childChestRadiograph()
    const other = childChestRadiograph({ sopInstanceUid: meant.sopInstanceUid, tags: { PatientID: 'SAMPLE-2' } })
    await orthanc().send(other)
    const alone = await failureOf(archive().fetchImage(meant))
    expect(alone.code, 'the only image with that UID is of another study').to.equal('INTAKE_IMAGE_NOT_FOUND')
    await orthanc().send(meant)
    expect(await archive().fetchImage(meant)).to.deep.equal(meant.bytes)
    expect(await archive().fetchImage(other)).to.deep.equal(other.bytes)
  })

  it('tells two patients apart who have the same UIDs, and does not choose between them', async () => {
    const anna = childChestRadiograph({ tags: { PatientID: 'ANNA-1' } })
    const bert = childChestRadiograph({ ...anna, rows: 65, tags: { PatientID: 'BERT-2' } })
    for (const one of [anna, bert]) await orthanc().send(one)
    for (const one of [anna, bert]) {
      const orthancId = await orthancIdOf(one)
      const datasets = await archive().listImages({ studyInstanceUid: anna.studyInstanceUid, orthancId })
      expect(datasets.map((dataset) => dataset['00100020']?.Value)).to.deep.equal([[one.patientId]])
      expect(await archive().fetchImage(one)).to.deep.equal(one.bytes)
      const header = await archive().readHeader({ studyInstanceUid: anna.studyInstanceUid, orthancId }, one)
      expect(header?.['00100020']?.Value).to.deep.equal([one.patientId])
    }
    const carl = { ...anna, patientId: 'CARL-3' }
    expect(await archive().readHeader({ studyInstanceUid: anna.studyInstanceUid }, carl)).to.equal(undefined)
    for (const orthancId of [undefined, '5ca7b9a4-0f27658f-d2ff78b8-8ba6a293-33355c4e']) {
      const study = { studyInstanceUid: anna.studyInstanceUid, ...(orthancId !== undefined && { orthancId }) }
      expect((await failureOf(archive().listImages(study))).code).to.equal('INTAKE_PATIENTS_DIFFER')
    }
  })

  async function orthancIdOf({ studyInstanceUid, patientId }: DicomSample): Promise<string> {
    for (const id of await orthanc().client.lookup('Study', studyInstanceUid))
      if ((await orthanc().client.study(id))?.PatientMainDicomTags.PatientID === patientId) return id
    throw new Error('no such study')
  }

  it('reports a deleted study as permanent, and a deleted image as a change under way', async () => {
    const gone = childChestRadiograph()
    const image = await failureOf(archive().fetchImage(gone))
    expect([image.code, image.failureClass]).to.deep.equal(['INTAKE_IMAGE_NOT_FOUND', 'transient'])
    const study = await failureOf(archive().listImages(gone))
    expect([study.code, study.failureClass]).to.deep.equal(['INTAKE_STUDY_NOT_FOUND', 'permanent'])
    expect(study.message).not.to.contain(gone.studyInstanceUid)
  })

  it('rejects a file above the size limit', async () => {
    const sample = childChestRadiograph()
    await orthanc().send(sample)
    const limits = { maxMetadataBytes: 2 ** 20, maxImageBytes: 1000 }
    const small = new OrthancArchive(orthanc().client, orthanc().dicomWeb, limits)
    const failure = await failureOf(small.fetchImage(sample))
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_ANSWER_TOO_LARGE', 'permanent'])
  })

  it('treats a service that is not Orthanc as a permanent failure', async () => {
    const failure = await failureOf(
      new OrthancClient({ ...orthanc().rest, url: `${orthanc().rest.url}/tools` }).system(),
    )
    expect(failure.failureClass).to.equal('permanent')
    const notJson = new OrthancClient({ ...orthanc().rest, url: `${orthanc().rest.url}/app/explorer.html?` })
    expect((await failureOf(notJson.system())).code).to.equal('HTTP_ANSWER_INVALID')
  })

  it('treats a wrong password as permanent and does not reveal it', async () => {
    const credentials = { kind: 'basic', username: 'lung-triage', password: 'planted-secret' } as const
    const failure = await failureOf(new OrthancClient({ ...orthanc().rest, credentials }).system())
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNAUTHORIZED', 'permanent'])
    expect(describeAll(failure)).not.to.contain('planted-secret')
  })

  it('rejects an address that contains a password and does not reveal it', () => {
    const url = 'http://user:planted-secret@127.0.0.1:8042'
    expect(() => httpService({ name: 'Orthanc', url, credentials: { kind: 'none' } }))
      .to.throw(TriageError)
      .with.property('message')
      .that.does.not.contain('planted-secret')
  })

  it('treats a server that is down as transient', async () => {
    const service = { ...orthanc().rest, url: `http://127.0.0.1:${await freePort()}` }
    const failure = await failureOf(new OrthancClient(service).system())
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
  })

  describe('through a network that fails', () => {
    let proxy: FaultyProxy
    let service: HttpService
    before(async () => {
      proxy = await startFaultyProxy(orthanc().rest.url)
      service = { ...orthanc().rest, url: proxy.url, timeoutMs: 300 }
    })
    after(() => proxy.stop())

    for (const [fault, code, failureClass] of [
      [{ kind: 'status', status: 429 }, 'HTTP_BUSY', 'transient'],
      [{ kind: 'status', status: 503 }, 'HTTP_BUSY', 'transient'],
      [{ kind: 'status', status: 500 }, 'HTTP_BUSY', 'transient'],
      [{ kind: 'status', status: 403 }, 'HTTP_UNAUTHORIZED', 'permanent'],
      [{ kind: 'status', status: 302 }, 'HTTP_REDIRECTED', 'permanent'],
      [{ kind: 'status', status: 400 }, 'HTTP_REFUSED', 'permanent'],
      [{ kind: 'hang' }, 'HTTP_TIMED_OUT', 'transient'],
      [{ kind: 'delay', by: 600 }, 'HTTP_TIMED_OUT', 'transient'],
      [{ kind: 'drop' }, 'HTTP_CONNECTION_LOST', 'transient'],
      [{ kind: 'cut' }, 'HTTP_CONNECTION_LOST', 'transient'],
    ] as const) {
      it(`classifies ${JSON.stringify(fault)} as ${failureClass}`, async () => {
        proxy.fault = fault
        const failure = await failureOf(new OrthancClient(service).system())
        expect([failure.code, failure.failureClass]).to.deep.equal([code, failureClass])
      })
    }
  })
})

/** All text of an error that a log could contain. */
function describeAll(error: Error): string {
  return `${error.message} ${error.stack ?? ''} ${JSON.stringify(error)} ${String(error.cause)}`
}

/** A file marked as JPEG XL (Supplement 232), which neither Orthanc nor this program can read. */
async function asJpegXl(bytes: Uint8Array<ArrayBuffer>): Promise<Uint8Array<ArrayBuffer>> {
  const file = Buffer.from(await convertWith(bytes, 'dcmcjpls'))
  const at = file.indexOf('1.2.840.10008.1.2.4.80')
  // The UID is one character longer, so the lengths of the value and of the meta header grow by two bytes.
  const longer = Buffer.concat([file.subarray(0, at), Buffer.from('1.2.840.10008.1.2.4.110\0'), file.subarray(at + 22)])
  longer.writeUInt16LE(24, at - 2)
  longer.writeUInt32LE(file.readUInt32LE(140) + 2, 140)
  return new Uint8Array(longer)
}
