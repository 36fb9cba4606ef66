import { once } from 'node:events'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect } from 'chai'
import { StowStore } from '../../src/deliver/dicom-store.ts'
import { freePort } from '../../src/demo/free-port.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'
import type { DicomObject } from '../../src/report/result-objects.ts'
import { type DicomSample, childChestRadiograph, newUid } from '../servers/dicom-samples.ts'
import { startDeafServer } from '../servers/deaf-server.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withAnswers } from '../servers/http-answers.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { withOrthanc } from '../servers/orthanc.ts'

function asResult(sample: DicomSample): DicomObject {
  return { ...sample, kind: 'secondary-capture' }
}

describe('storing by STOW-RS', () => {
  const orthanc = withOrthanc()
  const storedFiles = async (sample: DicomSample): Promise<Uint8Array[]> => {
    const ids = await orthanc().client.lookup('Instance', sample.sopInstanceUid)
    const files = await Promise.all(ids.map((id) => orthanc().client.instanceFile(id, 2 ** 24)))
    return files.filter((file) => file !== undefined)
  }

  it('stores every object byte for byte, and keeps one of each after a repeat', async () => {
    const studyInstanceUid = newUid()
    const samples = [childChestRadiograph({ studyInstanceUid }), childChestRadiograph({ studyInstanceUid })]
    const store = new StowStore(orthanc().dicomWeb)
    await store.storeObjects(studyInstanceUid, samples.map(asResult))
    await store.storeObjects(studyInstanceUid, samples.map(asResult))
    for (const sample of samples) expect(await storedFiles(sample)).to.deep.equal([sample.bytes])
  })

  it('stores bytes that are a view into a larger buffer', async () => {
    const sample = childChestRadiograph()
    const larger = new Uint8Array(sample.bytes.length + 200).fill(7)
    larger.set(sample.bytes, 100)
    const bytes = larger.subarray(100, 100 + sample.bytes.length)
    await new StowStore(orthanc().dicomWeb).storeObjects(sample.studyInstanceUid, [asResult({ ...sample, bytes })])
    expect(await storedFiles(sample)).to.deep.equal([sample.bytes])
  })

  it('rejects a non-DICOM file permanently, and stores the others', async () => {
    const good = childChestRadiograph()
    const bad = { ...childChestRadiograph(), bytes: new TextEncoder().encode('no DICOM') }
    const failure = await failureOf(
      new StowStore(orthanc().dicomWeb).storeObjects(good.studyInstanceUid, [good, bad].map(asResult)),
    )
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_REFUSED', 'permanent'])
    expect(await storedFiles(good)).to.have.length(1)
  })

  it('classifies a wrong password as permanent, and keeps the password out of the error', async () => {
    const credentials = { kind: 'basic', username: 'lung-triage', password: 'planted-secret' } as const
    const store = new StowStore({ ...orthanc().dicomWeb, credentials })
    const failure = await failureOf(store.storeObjects(newUid(), [asResult(childChestRadiograph())]))
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNAUTHORIZED', 'permanent'])
    expect(`${failure.message} ${failure.stack ?? ''} ${String(failure.cause)}`).not.to.contain('planted-secret')
  })

  it('classifies an archive that accepts no connection as transient, not ambiguous', async () => {
    const deaf = await startDeafServer()
    const store = new StowStore({ ...orthanc().dicomWeb, url: deaf.url, timeoutMs: 2000 })
    const failure = await failureOf(store.storeObjects(newUid(), [asResult(childChestRadiograph())]))
    await deaf.stop()
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
  })

  for (const [answer, status, body] of [
    ['refuses the search', 403, ''],
    ['has no search', 501, ''],
    ['answers the search in XML', 200, '<NativeDicomModel/>'],
  ] as const)
    it(`believes the response of an archive that ${answer}`, async () => {
      const sample = childChestRadiograph()
      const stored = { '00081199': { Value: [{ '00081155': { Value: [sample.sopInstanceUid] } }] } }
      const methods: (string | undefined)[] = []
      await withAnswers(
        (request, response) => {
          methods.push(request.method)
          if (request.method === 'POST') request.resume().once('end', () => response.end(JSON.stringify(stored)))
          else response.writeHead(status).end(body)
        },
        (archive) => new StowStore(archive).storeObjects(sample.studyInstanceUid, [asResult(sample)]),
      )
      expect(methods).to.include('GET', 'the search')
      expect(methods.filter((method) => method === 'POST')).to.have.length(1)
    })

  it('reports a time-out if a response starts but never ends', async () => {
    const server = createServer((request, response) => {
      request.resume().once('end', () => response.writeHead(200).write('{'))
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const store = new StowStore({ ...orthanc().dicomWeb, url, timeoutMs: 500 })
    const failure = await failureOf(store.storeObjects(newUid(), [asResult(childChestRadiograph())]))
    server.close()
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_WRITE_UNCERTAIN', 'ambiguous'])
    expect(failure.message).to.contain('no answer within 500 ms')
  })

  it('classifies an archive that is down as transient', async () => {
    const store = new StowStore({ ...orthanc().dicomWeb, url: `http://127.0.0.1:${await freePort()}/dicom-web` })
    const failure = await failureOf(store.storeObjects(newUid(), [asResult(childChestRadiograph())]))
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
  })

  it('classifies an address without DICOMweb as permanent', async () => {
    const store = new StowStore({ ...orthanc().dicomWeb, url: `${orthanc().rest.url}/nothing-here` })
    const failure = await failureOf(store.storeObjects(newUid(), [asResult(childChestRadiograph())]))
    expect(failure.failureClass).to.equal('permanent')
  })

  describe('through a network that fails', () => {
    let proxy: FaultyProxy
    let service: HttpService
    before(async () => {
      proxy = await startFaultyProxy(orthanc().dicomWeb.url)
      service = { ...orthanc().dicomWeb, url: proxy.url, timeoutMs: 500 }
    })
    after(() => proxy.stop())

    it('sends no request without objects', async () => {
      const count = proxy.requestCount
      await new StowStore(service).storeObjects(newUid(), [])
      expect(proxy.requestCount).to.equal(count)
    })

    it('is ambiguous if the response is cut off after storing, and a retry leaves exactly one object', async () => {
      const sample = childChestRadiograph()
      const store = new StowStore(service)
      proxy.fault = { kind: 'cut' }
      const failure = await failureOf(store.storeObjects(sample.studyInstanceUid, [asResult(sample)]))
      expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_WRITE_UNCERTAIN', 'ambiguous'])
      expect(await storedFiles(sample), 'it was stored').to.have.length(1)
      proxy.fault = { kind: 'none' }
      await store.storeObjects(sample.studyInstanceUid, [asResult(sample)])
      expect(await storedFiles(sample)).to.have.length(1)
    })

    for (const [fault, failureClass] of [
      [{ kind: 'hang' }, 'ambiguous'],
      [{ kind: 'status', status: 429 }, 'transient'],
      [{ kind: 'status', status: 503 }, 'transient'],
      [{ kind: 'status', status: 504 }, 'ambiguous'],
      [{ kind: 'status', status: 409 }, 'ambiguous'],
      [{ kind: 'status', status: 200 }, 'ambiguous'],
    ] as const) {
      it(`classifies ${JSON.stringify(fault)} as ${failureClass}`, async () => {
        proxy.fault = fault
        const failure = await failureOf(
          new StowStore(service).storeObjects(newUid(), [asResult(childChestRadiograph())]),
        )
        expect(failure.failureClass).to.equal(failureClass)
      })
    }
  })
})

describe('storing by STOW-RS in an Orthanc with a filter', () => {
  // Orthanc confirms an object that its filter discards (Orthanc 1.10.1 and 1.12.7).
  const filter = join(mkdtempSync(join(tmpdir(), 'lung-triage-filter-')), 'filter.lua')
  writeFileSync(filter, "function ReceivedInstanceFilter(dicom) return dicom.Modality ~= 'SR' end")
  after(() => rm(dirname(filter), { recursive: true }))
  const orthanc = withOrthanc({ LuaScripts: [filter] })

  it('reports an object that the filter discarded as transient, and stores the others', async () => {
    const studyInstanceUid = newUid()
    const picture = asResult(childChestRadiograph({ studyInstanceUid }))
    const report = { ...childChestRadiograph({ studyInstanceUid, tags: { Modality: 'SR' } }), kind: 'report' }
    const store = new StowStore(orthanc().dicomWeb)
    const failure = await failureOf(store.storeObjects(studyInstanceUid, [report, picture]))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_OBJECT_DISCARDED', 'transient'])
    expect(failure.message).to.contain('the report').and.to.contain('ReceivedInstanceFilter')
    await store.storeObjects(studyInstanceUid, [picture])
  })
})

describe('storing by STOW-RS in an Orthanc with a lossy IngestTranscoding', () => {
  const orthanc = withOrthanc({ IngestTranscoding: '1.2.840.10008.1.2.4.50' })

  it('reports a picture under another SOP Instance UID as permanent, so that no retry adds more', async () => {
    const tags = { BitsAllocated: 8, BitsStored: 8, HighBit: 7, PixelData: new ArrayBuffer(64 * 64), Modality: 'OT' }
    const sample = childChestRadiograph({ tags })
    const store = new StowStore(orthanc().dicomWeb)
    const failure = await failureOf(store.storeObjects(sample.studyInstanceUid, [asResult(sample)]))
    expect([failure.code, failure.failureClass]).to.deep.equal(['DELIVER_OBJECT_RENAMED', 'permanent'])
    expect(failure.message).to.contain('IngestTranscoding')
  })
})
