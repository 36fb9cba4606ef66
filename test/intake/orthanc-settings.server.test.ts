import { expect } from 'chai'
import { copyFile, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { trustCertificateAuthorities } from '../../src/clients/http/certificate-authorities.ts'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { findOrthancPlugin } from '../../src/demo/orthanc-process.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { OrthancArchive } from '../../src/intake/orthanc-archive.ts'
import { StudySearch } from '../../src/intake/study-search.ts'
import { selfSignedCertificate } from '../servers/certificates.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { type TestOrthanc, withOrthanc } from '../servers/orthanc.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres-server.ts'
import { until } from '../service/fixtures.ts'

/** What the service asks of Orthanc for one study, from the announcement to the withdrawn mark. */
async function roundTrip({ client, rest, dicomWeb, send }: TestOrthanc): Promise<void> {
  const image = childChestRadiograph()
  const { studyInstanceUid } = image
  await send(image)
  const [orthancId] = await client.lookup('Study', studyInstanceUid)
  await until(async () =>
    (await client.changes(0, 1000)).Changes.some(
      ({ ChangeType, ID }) => ChangeType === 'StableStudy' && ID === orthancId,
    ),
  )

  const archive = new OrthancArchive(client, dicomWeb)
  const [listed] = await archive.listImages({ studyInstanceUid })
  expect(readImageHeader(listed!)).to.deep.equal(readImageHeader(parseDicomFile(image.bytes).dataset))
  const fetched = parseDicomFile((await archive.fetchUncompressed(image))!)
  expect(fetched.pixelData).to.deep.equal(parseDicomFile(image.bytes).pixelData)
  expect(readImageHeader(parseDicomFile(await archive.fetchImage(image)).dataset).sopInstanceUid).to.equal(
    image.sopInstanceUid,
  )

  const result = childChestRadiograph({ studyInstanceUid, tags: { Modality: 'OT' } })
  const store = new StowStore(dicomWeb)
  for (let attempt = 0; attempt < 2; attempt++)
    await store.storeObjects(studyInstanceUid, [{ ...result, kind: 'secondary-capture' }])
  const series = await new StudySearch(dicomWeb).seriesOf(studyInstanceUid)
  expect(series.map(({ modality, instanceCount }) => [modality, instanceCount])).to.have.deep.members([
    ['CR', 1],
    ['OT', 1],
  ])

  const priority = new OrthancPriority(client, { label: 'urgent', metadata: 4242 })
  await priority.raise(studyInstanceUid)
  await priority.takeBack(studyInstanceUid)
  await client.requireWriteAccess()
  expect(rest.url).to.match(/^https?:/)
}

describe('the round trip of a study', function () {
  this.timeout(60_000)

  for (const [name, configuration] of Object.entries({
    'OverwriteInstances on': { OverwriteInstances: true },
    'IngestTranscoding to lossless JPEG': { IngestTranscoding: '1.2.840.10008.1.2.4.70' },
    'storage compression': { StorageCompression: true },
    'ExecuteLuaEnabled off': { ExecuteLuaEnabled: false },
    'StableAge 3': { StableAge: 3 },
    'MaximumPatientCount 1': { MaximumPatientCount: 1 },
    'MaximumStorageSize 10 MB': { MaximumStorageSize: 10 },
    'AuthenticationEnabled off': { AuthenticationEnabled: false },
    'LimitFindResults 5': { LimitFindResults: 5, LimitFindInstances: 5 },
  }))
    describe(`in an Orthanc with ${name}`, () => {
      const orthanc = withOrthanc(configuration)

      it('is announced, read, stored once, found, marked and unmarked', () => roundTrip(orthanc()))
    })

  describe('in an Orthanc over HTTPS', () => {
    let dir: string
    const orthanc = withOrthanc(async () => {
      dir = await mkdtemp(join(tmpdir(), 'lung-triage-https-'))
      const { CertificateFile, KeyFile } = await selfSignedCertificate(dir, 'orthanc')
      // Orthanc reads key and certificate from one file.
      const SslCertificate = join(dir, 'both.pem')
      await copyFile(KeyFile, SslCertificate)
      await writeFile(SslCertificate, await readFile(CertificateFile), { flag: 'a' })
      await trustCertificateAuthorities([CertificateFile])
      return { SslEnabled: true, SslCertificate }
    })
    after(() => rm(dir, { recursive: true }))

    it('is announced, read, stored once, found, marked and unmarked', async () => {
      expect(orthanc().rest.url).to.match(/^https:/)
      await roundTrip(orthanc())
    })
  })

  describe('in an Orthanc with its index in PostgreSQL', () => {
    let postgres: PostgresServer
    const orthanc = withOrthanc(async () => {
      postgres = await startPostgres()
      return {
        Plugins: [await findOrthancPlugin('libOrthancPostgreSQLIndex.so')],
        PostgreSQL: {
          EnableIndex: true,
          EnableStorage: false,
          Host: '127.0.0.1',
          Port: postgres.port,
          Database: 'postgres',
          Username: 'orthanc',
          Password: '',
        },
      }
    })
    after(() => postgres.stop())

    it('is announced, read, stored once, found, marked and unmarked', () => roundTrip(orthanc()))
  })
})
