import { expect } from 'chai'
import { deliverResults } from '../../../src/deliver/deliver.ts'
import { archiveTarget } from '../../../src/deliver/targets/archive-target.ts'
import { fhirTarget } from '../../../src/deliver/targets/fhir-target.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { fileDamaged } from '../../../src/dicom/errors.ts'
import { countedDelivery } from '../../../src/service/observe/counted-delivery.ts'
import { dayMs } from '../../../src/clock.ts'
import { Metrics } from '../../../src/service/observe/metrics.ts'
import { planted, prediction, resultsOf, setClock, studyUid, until } from '../fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service-bench.ts'

/** The samples of a scrape, by name and labels as printed. */
async function scrape({ ask }: ServiceBench): Promise<{ text: string; value: (sample: string) => number | undefined }> {
  const answer = await ask('/metrics')
  expect(answer.status).to.equal(200)
  expect(answer.headers.get('content-type')).to.match(/^text\/plain; version=0\.0\.4/)
  const text = await answer.text()
  const samples = new Map(text.split('\n').map((line) => line.split(/ (?=\S+$)/) as [string, string]))
  return { text, value: (sample) => (samples.has(sample) ? Number(samples.get(sample)) : undefined) }
}

/** Gives each study a different outcome. */
function fate({ studyInstanceUid }: StudyRef): ReturnType<NonNullable<Parameters<typeof withService>[0]['find']>> {
  switch (studyInstanceUid) {
    case studyUid(1):
      return 0.9
    case studyUid(2):
      return Promise.reject(new TriageError(fileDamaged, 'permanent', `The file of ${planted.name} is bad.`))
    case studyUid(3):
      return Promise.reject(new TriageError(unreachable, 'transient', 'The archive is down.'))
    case studyUid(4): {
      const reason = 'It shows a hand.'
      const reasons = [{ sopInstanceUid: `${studyUid(4)}.1`, code: 'NOT_CHEST' as const, reason }]
      return Promise.resolve({ kind: 'skipped', reasons })
    }
    default:
      return Promise.reject(new Error(`${planted.name} ${planted.id}`))
  }
}

describe('metrics', () => {
  const withFates = (test: (bench: ServiceBench) => Promise<void>) =>
    withService({ find: fate }, async (bench) => {
      for (const number of [1, 2, 3, 4, 5]) await bench.feed(arrivalOf(studyUid(number)))
      await until(() => {
        const { done, dead, retrying, skipped } = bench.store.studies.countByState()
        return done === 1 && dead === 1 && retrying === 2 && skipped === 1
      })
      await test(bench)
    })

  it('count studies by outcome and error, and measure the duration of each step', () =>
    withFates(async (bench) => {
      const { value } = await scrape(bench)
      expect(value('lung_triage_studies{state="done"}')).to.equal(1)
      expect(value('lung_triage_studies{state="dead"}')).to.equal(1)
      expect(value('lung_triage_studies{state="waiting"}')).to.equal(0)
      expect(value('lung_triage_queue_depth')).to.equal(2)
      expect(value('lung_triage_queue_oldest_waiting_seconds')).to.equal(0)
      expect(value('lung_triage_arrivals_total{lane="normal",effect="queued"}')).to.equal(5)
      expect(value('lung_triage_findings_total{decision="present"}')).to.equal(1)
      expect(value('lung_triage_skipped_total{code="NOT_CHEST"}')).to.equal(1)
      expect(value('lung_triage_retries_total{code="HTTP_UNREACHABLE"}')).to.equal(1)
      expect(value('lung_triage_dead_letters_total{code="PIXELS_FILE_DAMAGED"}')).to.equal(1)
      expect(value('lung_triage_retries_total{code="UNEXPECTED"}')).to.equal(1)
      expect(value('lung_triage_step_seconds_count{step="lungs"}')).to.equal(1)
      expect(value('lung_triage_step_seconds_sum{step="lungs"}')).to.equal(0.18)
      expect(value('lung_triage_step_seconds_bucket{le="0.25",step="lungs"}')).to.equal(1)
      expect(value('process_resident_memory_bytes')).to.be.above(1e7)
    }))

  it('name the model in use, and count refused requests', () =>
    withService({}, async (bench) => {
      await bench.ask('/nowhere')
      await bench.ask('/', { headers: {} })
      const { text, value } = await scrape(bench)
      expect(text).to.match(/^lung_triage_info\{.*model="pneumonia 0\.1\.0".*\} 1$/m)
      expect(value('lung_triage_http_refused_total{status="404"}')).to.equal(1)
      expect(value('lung_triage_http_refused_total{status="401"}')).to.equal(1)
    }))

  it('hold no patient name, patient ID, UID or secret', () =>
    withFates(async (bench) => {
      await bench.ask(`/api/studies/${planted.id}`)
      const { text } = await scrape(bench)
      for (const secret of ['PLANTED', '1.2.826', token, bench.stateDir]) expect(text).to.not.include(secret)
    }))

  it('report how long the longest waiting study has waited', () => {
    const clock = setClock()
    const metrics = new Metrics()
    return withService({ find: () => new Promise(() => undefined) }, async ({ store }) => {
      metrics.watchStore(store, clock)
      store.studies.arrived({ studyInstanceUid: studyUid(1) }, clock.now())
      clock.advance(40_000)
      store.studies.arrived({ studyInstanceUid: studyUid(2) }, clock.now())
      clock.advance(50_000)
      expect(await metrics.registry.metrics()).to.match(/^lung_triage_queue_oldest_waiting_seconds 90$/m)
    })
  })

  it('count the deliveries of each target that are pending or failed, and tell the age of the oldest', async () => {
    const clock = setClock()
    const metrics = new Metrics()
    await withService({}, async ({ store }) => {
      const { deliveries } = store
      metrics.watchStore(store, clock)
      const value = async (name: string, target: string) =>
        new RegExp(`^lung_triage_deliveries_${name}\\{target="${target}"\\} (\\S+)$`, 'm').exec(
          await metrics.registry.metrics(),
        )?.[1]
      expect(await value('pending', 'fhir'), 'from the start').to.equal('0')
      for (const number of [1, 2, 3]) {
        const results = { resultKey: `key-${number}`, studyInstanceUid: studyUid(number) }
        deliveries.queue(results, ['archive', 'fhir'], clock.now())
        clock.advance(30_000)
      }
      const next = () => deliveries.next({ target: 'fhir', after: undefined, now: clock.now(), except: new Set() })
      deliveries.dead(next()!.id, { code: 'HTTP_REFUSED', reason: 'No such code.' })
      const values = (target: string) =>
        Promise.all(['pending', 'dead', 'oldest_pending_seconds'].map((name) => value(name, target)))
      expect(await values('archive')).to.deep.equal(['3', '0', '90'])
      expect(await values('fhir')).to.deep.equal(['2', '1', '60'])
      expect(await values('hl7')).to.deep.equal(['0', '0', '0'])
      const acknowledgement = { at: clock.now(), actor: 'token', reason: 'Sent by hand.' } as const
      deliveries.acknowledge(studyUid(1), 'fhir', acknowledgement)
      for (let due = next(); due !== undefined; due = next()) deliveries.done(due.id)
      expect(await values('fhir'), 'settled').to.deep.equal(['0', '0', '0'])
      clock.advance(-dayMs)
      expect(await value('oldest_pending_seconds', 'archive'), 'a clock that was set back').to.equal('0')
    })
  })

  it('report the time at which the feed was last read to its end', async () => {
    const clock = setClock()
    const metrics = new Metrics()
    const onCaughtUp = metrics.followFeed('orthanc', clock)
    clock.advance(5000)
    onCaughtUp()
    const seconds = clock.now().getTime() / 1000
    const sample = `lung_triage_feed_caught_up_timestamp_seconds{feed="orthanc"} ${seconds}`
    expect(await metrics.registry.metrics()).to.include(sample)
  })

  it('count deliveries by target and outcome, starting at 0, and rethrow failures', async () => {
    const metrics = new Metrics()
    const archive = httpService({ name: 'the archive', url: 'http://127.0.0.1:9', credentials: { kind: 'none' } })
    const down = new TriageError(unreachable, 'transient', 'The FHIR server is down.')
    const targets = countedDelivery(
      {
        archive: archiveTarget(['structuredReport'], archive, { storeObjects: () => Promise.resolve() }),
        fhir: fhirTarget(['fhir'], { store: () => Promise.reject(down) }),
      },
      metrics,
    )
    const results = resultsOf(prediction(studyUid(1), 0.9), Uint8Array.of(1))
    const error: unknown = await deliverResults(results, 'raised', targets).catch((thrown: unknown) => thrown)
    expect(error).to.equal(down)
    const text = await metrics.registry.metrics()
    expect(text).to.include('lung_triage_deliveries_total{target="structuredReport",outcome="delivered"} 1')
    expect(text).to.include('lung_triage_deliveries_total{target="structuredReport",outcome="failed"} 0')
    expect(text).to.include('lung_triage_deliveries_total{target="fhir",outcome="failed"} 1')
    expect(text).to.not.include('target="pictures"')
  })

  it('are separate for two services in one process', async () => {
    const [one, other] = [new Metrics(), new Metrics()]
    one.findings.inc({ decision: 'present' })
    expect(await other.registry.metrics()).to.not.include('decision="present"')
  })
})
