import { expect } from 'chai'
import { z } from 'zod'
import type { StudyRef } from '../../../src/intake/study.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import { planted, prediction, reported, resultsOf, studyUid, until } from '../fixtures.ts'
import { arrivalOf, type ServiceBench, withService } from '../service-bench.ts'
import { onSmallDisk } from '../small-disk.ts'

const readiness = z.object({
  status: z.string(),
  dependencies: z.array(z.object({ name: z.string(), status: z.string(), code: z.string().optional() })),
})
const refusal = z.object({ code: z.string(), message: z.string() })

const uids = [1, 2, 3].map(studyUid)

async function ready({ ask }: ServiceBench) {
  const response = await ask('/health/ready')
  const { status, dependencies } = readiness.parse(await response.json())
  return { http: response.status, status, codes: dependencies.map(({ code }) => code) }
}

const down = { http: 503, status: 'not-ready', codes: ['SERVICE_STATE_FULL', 'SERVICE_STATE_FULL'] }
const up = { http: 200, status: 'ready', codes: [undefined, undefined] }

describe('service on a full disk', function () {
  for (const leftBytes of [0, 600_000, 2_500_000])
    it(`is not ready, takes no study and goes on by itself when there is room; ${leftBytes} bytes left`, async function () {
      await onSmallDisk(this, 40, (disk) =>
        withService({ parentDir: disk.dir, asksOwnParts: true }, async (bench) => {
          await bench.feed(arrivalOf(uids[0]!))
          await until(() => stateOf(bench, uids[0]!) === 'done')
          expect(await ready(bench)).to.deep.equal(up)
          disk.fill(leftBytes)
          expect(await ready(bench)).to.deep.equal(down)
          for (const uid of uids.slice(1))
            expect(await refusalOf(bench.feed(arrivalOf(uid)))).to.equal('SERVICE_STATE_FULL')
          const posted = await post(bench, uids[1]!)
          expect(posted.status).to.equal(503)
          expect(refusal.parse(await posted.json()).message)
            .to.include('disk is full')
            .and.include('store.sqlite')
          disk.makeRoom()
          expect(await ready(bench)).to.deep.equal(up)
          for (const uid of uids.slice(1)) await bench.feed(arrivalOf(uid))
          await until(() => uids.every((uid) => stateOf(bench, uid) === 'done'))
          expect(startsOf(bench)).to.equal(3)
        }),
      )
    })

  it('that fills up during the analysis spends no attempt, and every study is then done once', async function () {
    await onSmallDisk(this, 40, async (disk) => {
      let bench: ServiceBench | undefined
      const allArrived = Promise.withResolvers<undefined>()
      const analysed: string[] = []
      const find = async ({ studyInstanceUid }: StudyRef) => {
        await allArrived.promise
        if (analysed.length === 0) disk.fill(0)
        analysed.push(studyInstanceUid)
        return keepLarge(studyInstanceUid, bench!)
      }
      const queue = { MaxAttempts: 1, Concurrency: 1 }
      await withService({ parentDir: disk.dir, queue, find }, async (running) => {
        bench = running
        for (const uid of uids) await running.feed(arrivalOf(uid))
        allArrived.resolve(undefined)
        await until(() => running.logLines.filter((line) => line.includes('SERVICE_STATE_FULL')).length >= 2)
        expect(analysed).to.have.length(1)
        expect(uids.map((uid) => stateOf(running, uid))).to.not.include('dead')
        disk.makeRoom()
        await until(() => uids.every((uid) => stateOf(running, uid) === 'done'))
        expect(deathsOf(running)).to.equal(0)
        expect(running.logLines.join('')).to.not.include('rollback').and.not.include(planted.name)
        for (const uid of uids) expect(running.store.results.ofStudy(uid)).to.have.length(1)
      })
    })
  })
})

describe('delivery on a disk that fills up while it is sent', () => {
  it('is not sent again before there is room', async function () {
    this.timeout(60_000)
    await onSmallDisk(this, 40, async (disk) => {
      let sent = 0
      const sendings = () => ({
        fhir: () => {
          if (sent++ === 0) disk.fill(0)
          return Promise.resolve({ status: 'stored' } as const)
        },
      })
      const fhir = { sends: ['fhir'] as const, sendings, withdraw: () => Promise.resolve(true) }
      await withService({ parentDir: disk.dir, targets: { fhir } }, async (bench) => {
        await bench.feed(arrivalOf(uids[0]!))
        const isFault = (line: string) => line.includes('"delivery.failed"') && line.includes('SERVICE_STATE_FULL')
        await until(() => bench.logLines.filter(isFault).length >= 3)
        expect(sent).to.equal(1)
        disk.makeRoom()
        await until(() => bench.store.deliveries.ofStudy(uids[0]!)[0]?.state === 'done')
        expect(sent).to.equal(2)
      })
    })
  })
})

/** Like the pipeline, with a result of some megabytes. */
function keepLarge(uid: string, { store }: ServiceBench): StudyOutcome {
  const finding = prediction(uid, 0.8)
  const kept = { prediction: finding, results: resultsOf(finding, new Uint8Array(3_000_000)) }
  store.results.keepResults(kept)
  return reported(kept)
}

function post({ ask }: ServiceBench, studyInstanceUid: string): Promise<Response> {
  return ask('/api/studies', {
    method: 'POST',
    headers: { Authorization: 'Bearer the-token-of-the-tests', 'Content-Type': 'application/json' },
    body: JSON.stringify({ studyInstanceUid }),
  })
}

const stateOf = ({ store }: ServiceBench, uid: string) => store.studies.get(uid)?.progress.state
const startsOf = ({ logLines }: ServiceBench) => logLines.filter((line) => line.includes('"study.started"')).length
const deathsOf = ({ logLines }: ServiceBench) => logLines.filter((line) => line.includes('"study.dead"')).length

async function refusalOf(taken: Promise<void>): Promise<unknown> {
  return taken.then(
    () => 'taken',
    (error: unknown) => (error instanceof Error && 'code' in error ? error.code : error),
  )
}
