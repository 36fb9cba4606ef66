import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import { OrthancClient } from '../../../src/clients/orthanc-client.ts'
import { sendStudies } from '../../../src/demo/send-studies.ts'
import type { DemoStudy } from '../../../src/demo/sources.ts'
import type { ServiceProcess } from '../../../src/demo/service-process.ts'
import { type DemoStack, startStack } from '../../../src/demo/stack.ts'
import { childChestRadiograph } from '../../servers/dicom-samples.ts'
import { until } from '../fixtures.ts'
import { keptStudies, layOutKeptState } from '../store/kept-state.ts'

const { infant, absent, cancelled } = keptStudies

/** The results of version 0.1.0 on the infant's radiograph, as stored in its archive. */
const kept = {
  resultKey: '6b780868cb38ecbd20e80fa2c2ba00c80f9397634d2704fe087956277b5e5999',
  objects: [
    '2.25.179180751261390583711905918872649593219',
    '2.25.1639302283929729814428102357925293603',
    '2.25.330714514851808372624515570620755694523',
  ],
  rejectionNote: '2.25.61846145711491347239136066222835214766',
} as const

const studySchema = z.object({
  state: z.string(),
  problem: z.object({ code: z.string() }).optional(),
  finding: z.object({ kind: z.string(), resultKey: z.string() }).optional(),
})
const resultsSchema = z.object({ results: z.array(z.object({ resultKey: z.string(), pictureCount: z.number() })) })
const reportsSchema = z.object({
  entry: z.array(
    z.object({
      resource: z.object({ status: z.string(), identifier: z.array(z.object({ value: z.string() })) }),
    }),
  ),
})

/** Polls with pauses, because the service limits the requests per address. */
const settled = (condition: () => Promise<boolean>) => until(condition, 100)

/** An image of one of the studies, with the UIDs that it had in the archive used with that version. */
function drawn(studyInstanceUid: string, series: number, ViewPosition: 'AP' | 'LL'): DemoStudy {
  const seriesInstanceUid = `${studyInstanceUid}.${series}`
  const sopInstanceUid = `${seriesInstanceUid}.1`
  const tags = { ViewPosition, PatientBirthDate: '20230701', PatientName: 'Synthetic^Child', PatientID: 'SYNTHETIC' }
  const { bytes } = childChestRadiograph({ studyInstanceUid, seriesInstanceUid, sopInstanceUid, tags })
  return { name: 'drawn', studyInstanceUid, files: [{ name: 'drawn', sopInstanceUid, bytes }], madeForAnalysis: true }
}

describe('stored results of version 0.1.0', function () {
  this.timeout(300_000)
  let dir: string
  let stack: DemoStack
  let service: ServiceProcess | undefined

  before('a service starts on its state folder', async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-older-'))
    layOutKeptState(join(dir, 'state'))
    stack = await startStack(dir, {
      Intake: { ChangeFeed: false },
      Engine: { Provider: 'cpu' },
      Results: { Segmentation: true },
      // The state has a fixed date, so a short retention period would delete it one day.
      Retention: { Days: 36500 },
      // The thresholds of that version, so that only the format of the results differs.
      Thresholds: { Present: 0.3, Absent: 0.05 },
    })
    const sent = [drawn(infant, 1, 'AP'), drawn(infant, 2, 'LL'), drawn(absent, 1, 'AP')]
    await sendStudies(sent, stack.orthancApi)
    service = await stack.startService()
  })

  after(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop()
    await rm(dir, { recursive: true })
  })

  const read = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    exchangeJson(stack.serviceApi, { method: 'GET', path, effect: 'read', maxBytes: 2 ** 24 }, schema)
  const ask = (path: string, content: object = {}) => {
    const body = { contentType: 'application/json', data: JSON.stringify(content) }
    return exchangeJson(
      stack.serviceApi,
      { method: 'POST', path, body, effect: 'write', maxBytes: 2 ** 20 },
      z.record(z.string(), z.unknown()),
    )
  }
  const studyOf = (uid: string) => read(`/api/studies/${uid}`, studySchema)
  const done = async (uid: string) => {
    await settled(async () => (await studyOf(uid)).state === 'done')
    return (await studyOf(uid)).finding
  }

  it('do not prevent the retry of a dead letter, and leave a cancelled study cancelled', async () => {
    expect((await studyOf(absent)).state).to.equal('dead')
    await ask(`/api/studies/${absent}/retry`)
    expect(await done(absent)).to.include({ kind: 'analysed' })
    expect(await studyOf(cancelled)).to.deep.include({ state: 'skipped', problem: { code: 'CANCELLED' } })
  })

  it('stay readable beside a new result of the same study with a different key', async () => {
    await ask(`/api/studies/${infant}/retry`)
    await settled(async () => (await studyOf(infant)).finding?.resultKey !== kept.resultKey)
    const { results } = await read(`/api/studies/${infant}/results`, resultsSchema)
    expect(results.map(({ resultKey }) => resultKey))
      .to.have.length(2)
      .and.include(kept.resultKey)
    for (const { resultKey, pictureCount } of results) {
      expect(pictureCount).to.equal(1)
      const path = `/studies/${infant}/pictures/0?result=${resultKey}`
      const request = { method: 'GET', path, accept: 'image/*', effect: 'read', maxBytes: 2 ** 22 } as const
      expect([...(await exchange(stack.serviceApi, request)).subarray(0, 2)], resultKey).to.deep.equal([0xff, 0xd8])
    }
  })

  it('are withdrawn from FHIR under their original key', async () => {
    const model = 'pneumonia/1.0.1'
    await ask('/api/retractions', { model })
    const progress = z.object({ pending: z.number(), failed: z.number() })
    await settled(async () => (await read(`/api/retractions/${model}`, progress)).pending === 0)
    expect(await read(`/api/retractions/${model}`, progress)).to.deep.equal({ pending: 0, failed: 0 })

    const orthanc = new OrthancClient(stack.orthancApi)
    const notes = await orthanc.lookup('Instance', kept.rejectionNote)
    expect(notes, 'this archive never had the objects of that version').to.deep.equal([])

    const { entry } = await read('/fhir/DiagnosticReport', reportsSchema)
    const report = entry.find(({ resource }) =>
      resource.identifier.some(({ value }) => value === `${kept.resultKey}.report`),
    )
    expect(report?.resource.status).to.equal('entered-in-error')
  })
})
