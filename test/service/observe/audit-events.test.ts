import { join } from 'node:path'
import { validateResource } from '@medplum/core'
import type { Resource } from '@medplum/fhirtypes'
import { expect } from 'chai'
import { Fhir } from 'fhir'
import { FhirServerSink } from '../../../src/deliver/fhir-client.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { auditEvent } from '../../../src/service/observe/audit-event.ts'
import { createLog } from '../../../src/log.ts'
import { sendAuditEvents } from '../../../src/service/observe/send-audit-events.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { actionNames } from '../../../src/service/store/store.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { inTempDir, studyUid, until } from '../fixtures.ts'
import { arrivalOf, withService } from '../service-bench.ts'

const at = new Date('2026-03-01T08:00:00.250Z')
const actors = ['token', 'session', 'plugin', 'orthanc:dr.mây'] as const

interface Bundle {
  readonly total: number
  readonly entry: readonly { readonly fullUrl: string; readonly resource: Record<string, unknown> }[]
}

describe('FHIR AuditEvents of actions', () => {
  let server: FhirServer
  before(async function () {
    this.timeout(60_000)
    server = await startFhirServer()
  })
  after(() => server.stop())

  for (const action of actionNames) {
    it(`are valid FHIR R4 for two validators: ${action}`, () => {
      for (const [index, actor] of actors.entries()) {
        for (const studyInstanceUid of [studyUid(1), undefined]) {
          const event = auditEvent({ number: index + 1, at, actor, action, studyInstanceUid })
          const { valid, messages } = new Fhir().validate(event)
          expect(valid, JSON.stringify(messages)).to.equal(true)
          validateResource(event as unknown as Resource)
          expect(JSON.stringify(event).includes(`urn:oid:${studyUid(1)}`)).to.equal(studyInstanceUid !== undefined)
        }
      }
    })
  }

  it('are found by date and study, read by id, and hold no patient data', () =>
    withService({}, async ({ ask, feed, store }) => {
      const uid = studyUid(1)
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      store.actions.record({ at, actor: 'orthanc:dr', action: 'cancel', studyInstanceUid: studyUid(2) })
      await ask(`/api/studies/${uid}/retry`, { method: 'POST' })
      const search = async (query: string) => {
        const answer = await ask(`/fhir/AuditEvent?${query}`)
        expect(answer.status, query).to.equal(200)
        return (await answer.json()) as Bundle
      }
      const found = async (query: string) =>
        (await search(query)).entry.map(({ resource }) => (resource['subtype'] as { code: string }[])[0]?.code)
      expect(await found('')).to.deep.equal(['cancel', 'retry'])
      expect(await found('date=2026-03-01')).to.deep.equal(['cancel'])
      expect(await found('date=gt2026-03-01')).to.deep.equal(['retry'])
      expect(await found('date=ge2026-03-01T08:00&date=lt2026-03-01T08:01')).to.deep.equal(['cancel'])
      expect(await found('date=ne2026')).to.deep.equal([])
      expect(await found(`entity:identifier=urn:dicom:uid|urn:oid:${uid}`)).to.deep.equal(['retry'])
      expect(await found(`entity=urn:oid:${studyUid(2)}`)).to.deep.equal(['cancel'])
      expect(await found('_count=1&_offset=1')).to.deep.equal(['retry'])
      const { total, entry } = await search('_count=1')
      expect(total).to.equal(2)
      const { pathname } = new URL(entry[0]?.fullUrl ?? '')
      expect(await (await ask(pathname)).json()).to.deep.equal(entry[0]?.resource)
      expect(JSON.stringify(await search(''))).to.not.match(/PLANTED|Patient/)
      expect(await found('_offset=2')).to.deep.equal(['read-resource'])
    }))

  it('answer 400 to an invalid search and 404 to an unknown id', () =>
    withService({}, async ({ ask }) => {
      for (const query of ['patient=1', 'date=yesterday', 'entity=Patient/1', 'entity:identifier=x', '_count=-1']) {
        expect((await ask(`/fhir/AuditEvent?${query}`)).status, query).to.equal(400)
      }
      const id = '00000000-0001-8000-8000-000000000000'
      for (const name of ['1', id]) expect((await ask(`/fhir/AuditEvent/${name}`)).status).to.equal(404)
    }))

  it('are stored once each on a FHIR server despite failures and a restart', () =>
    inTempDir(async (dir) => {
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const { actions, feeds: positions } = store
      const record = (count: number) => {
        for (let time = 0; time < count; time++) {
          actions.record({ at, actor: 'session', action: 'retry', studyInstanceUid: studyUid(time) })
        }
      }
      record(60)
      const sink = new FhirServerSink(
        httpService({ name: 'the FHIR server', url: server.url, credentials: { kind: 'none' } }),
      )
      let deliveries = 0
      // The first delivery does not reach the server. Every second one is stored, but its answer is lost.
      const faulty: FhirServerSink['store'] = async (bundle) => {
        deliveries++
        if (deliveries === 1) throw new Error('It does not answer.')
        await sink.store(bundle)
        if (deliveries % 2 === 0) throw new Error('The answer is lost.')
      }
      const log = createLog({ level: 'silent', studyKey: (uid) => uid })
      const options = { actions, positions, sink: { store: faulty }, idleMs: 1, retryAfterMs: () => 1, log }
      const held = async () =>
        (await server.repo.search({ resourceType: 'AuditEvent', count: 1000 })).entry?.map(({ resource }) => resource)
      const sending = sendAuditEvents(options)
      await until(() => positions.position('fhir-audit-events') === 60)
      await sending.stop()
      expect(await held()).to.have.length(60)
      record(1)
      const again = sendAuditEvents(options)
      await until(() => positions.position('fhir-audit-events') === 61)
      await again.stop()
      expect(await held()).to.have.length(61)
      store.close()
    }))
})
