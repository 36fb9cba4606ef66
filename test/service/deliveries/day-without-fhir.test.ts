import { expect } from 'chai'
import { httpService } from '../../../src/clients/http/http-service.ts'
import type { DeliveryTarget } from '../../../src/deliver/target.ts'
import { fhirTarget } from '../../../src/deliver/targets/fhir-target.ts'
import { FhirServerSink } from '../../../src/deliver/fhir-client.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import { allOf } from '../../servers/belonging.ts'
import { startFaultyProxy } from '../../servers/faulty-proxy.ts'
import { sampleBundle } from '../../servers/fhir-samples.ts'
import { startFhirServer } from '../../servers/fhir-server.ts'
import { prediction, reported, resultsOf, setClock, studyUid, until } from '../fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../service-bench.ts'

const everyMs = 60 * 60_000
/** After the end of the test. */
const tomorrow = new Date('2026-03-09')
const uids = Array.from({ length: 24 }, (_, index) => studyUid(index + 1))

describe('a day without the FHIR server', function () {
  this.timeout(60_000)

  it('holds up neither archive nor priority of any study; afterwards every report arrives once', async () => {
    const fhir = await startFhirServer()
    const toFhir = await startFaultyProxy(fhir.url)
    toFhir.fault = { kind: 'status', status: 503 }
    const sent: string[] = []
    const noting = (name: 'archive' | 'priority'): DeliveryTarget => ({
      sends: [],
      sendings: ({ results }) => {
        sent.push(`${name} ${results.studyInstanceUid}`)
        return {}
      },
      withdraw: () => Promise.resolve(true),
    })
    const sink = new FhirServerSink(httpService({ name: 'FHIR', url: toFhir.url, credentials: { kind: 'none' } }))
    const targets = { archive: noting('archive'), fhir: fhirTarget(['fhir'], sink), priority: noting('priority') }
    let bench: ServiceBench | undefined
    const find = ({ studyInstanceUid }: StudyRef) => {
      const results = resultsOf(prediction(studyInstanceUid, 0.9), Uint8Array.of(1))
      const parts = { ...results.parts, fhir: sampleBundle(studyInstanceUid) }
      const kept = { prediction: prediction(studyInstanceUid, 0.9), results: { ...results, parts } }
      bench!.store.results.keepResults(kept)
      return Promise.resolve(reported(kept))
    }
    const clock = setClock()
    try {
      await withService({ find, clock, targets }, async (running) => {
        bench = running
        const { store, feed } = running
        const deliveryOf = (uid: string) => store.deliveries.ofStudy(uid).find(({ target }) => target === 'fhir')
        // Whatever is under way gets its refusal.
        const allRefused = () => until(() => uids.every((uid) => (deliveryOf(uid)?.due ?? tomorrow) > clock.now()))
        for (const uid of uids) {
          await feed(arrivalOf(uid))
          await until(() => sent.includes(`archive ${uid}`) && sent.includes(`priority ${uid}`))
          await allRefused()
          expect(store.studies.get(uid)?.progress.state).to.equal('done')
          clock.advance(everyMs)
        }
        await allRefused()
        expect(store.deliveries.open().map(({ target, state, count }) => [target, state, count])).to.deep.equal([
          ['fhir', 'pending', uids.length],
        ])
        toFhir.fault = { kind: 'none' }
        const requestsBefore = toFhir.requestCount
        clock.advance(everyMs)
        await until(() => uids.every((uid) => deliveryOf(uid)?.state === 'done'))
        expect(toFhir.requestCount - requestsBefore).to.equal(uids.length)
        expect(await allOf(fhir.repo, 'Observation')).to.have.length(uids.length)
        expect(sent).to.have.length(2 * uids.length)
      })
    } finally {
      await toFhir.stop()
      await fhir.stop()
    }
  })
})
