import { expect } from 'chai'
import { z } from 'zod'
import { trustCertificateAuthorities } from '../../src/clients/http/certificate-authorities.ts'
import { exchangeJson } from '../../src/clients/http/exchange.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { OrthancPriority } from '../../src/deliver/orthanc-priority.ts'
import { findOrthancPlugin } from '../../src/demo/orthanc-process.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { readImageHeader } from '../../src/intake/image-header.ts'
import { OrthancArchive } from '../../src/intake/orthanc-archive.ts'
import { StudySearch } from '../../src/intake/study-search.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { type NginxProxy, startNginx } from '../servers/nginx-proxy.ts'
import { type TestOrthanc, withOrthanc } from '../servers/orthanc.ts'
import { type PostgresServer, startPostgres } from '../servers/postgres-server.ts'
import { until } from '../service/fixtures.ts'

/** What the service asks of Orthanc for one study, from the announcement to the withdrawn mark. */
async function roundTrip(orthanc: TestOrthanc): Promise<void> {
  const { client, dicomWeb } = orthanc
  const image = childChestRadiograph()
  const { studyInstanceUid } = image
  await orthanc.send(image)
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
  const kind = (await client.system()).HasLabels ? 'labels' : 'metadata'
  const request = { method: 'GET', path: `/studies/${orthancId}/${kind}`, effect: 'read', maxBytes: 2 ** 20 } as const
  const marks = async () =>
    (await exchangeJson(orthanc.rest, request, z.array(z.string()))).filter((one) => ['urgent', '4242'].includes(one))
  await priority.raise(studyInstanceUid)
  expect(await marks()).to.deep.equal([kind === 'labels' ? 'urgent' : '4242'])
  await priority.takeBack(studyInstanceUid)
  expect(await marks()).to.deep.equal([])
  await client.requireWriteAccess()
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

  // Not Orthanc's own SslEnabled: Debian's Orthanc 1.10.1 and 1.12.7 end with SIGSEGV in libcivetweb at the first
  // connection over TLS.
  describe('in an Orthanc behind nginx, over HTTPS and below a path', () => {
    const orthanc = withOrthanc()
    let nginx: NginxProxy
    before(async () => {
      nginx = await startNginx(orthanc().process.url)
      await trustCertificateAuthorities([nginx.caFile])
    })
    after(() => nginx.stop())

    it('is announced, read, stored once, found, marked and unmarked', async () => {
      const rest = { ...orthanc().rest, url: nginx.url }
      const dicomWeb = { ...orthanc().dicomWeb, url: `${nginx.url}/dicom-web` }
      await roundTrip({ ...orthanc(), rest, dicomWeb, client: new OrthancClient(rest) })
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
