import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { isDelivered, listSchema } from '../delivered.ts'
import { z } from 'zod'
import type { ServiceProcess } from '../../../src/demo/service-process.ts'
import { type DemoStack, startStack } from '../../../src/demo/stack.ts'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import { StudySearch } from '../../../src/intake/study-search.ts'
import { configurationProblems } from '../../../src/settings/check-configuration.ts'
import { type SampleOptions, childChestRadiograph } from '../../servers/dicom-samples.ts'
import { until } from '../fixtures.ts'

const resultsSchema = z.object({ results: z.array(z.object({ resultKey: z.string() })) })
const readySchema = z.object({ dependencies: z.array(z.object({ name: z.string() })) })

/** The service limits the requests per address. */
const pollMs = 50

describe('service with a DICOMweb-only archive', function () {
  this.timeout(300_000)
  let dir: string
  let stack: DemoStack
  let service: ServiceProcess | undefined

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-dicomweb-'))
    // The archive is an Orthanc. The service uses only its DICOMweb interface.
    const Intake = { Qido: { Days: 3650, PollSeconds: 0.5 } }
    stack = await startStack(dir, { Orthanc: undefined, Intake })
  })

  after(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  const send = async (options: SampleOptions) => {
    const sample = childChestRadiograph({ rows: 512, columns: 512, ...options })
    const body = { contentType: 'application/dicom', data: sample.bytes.buffer }
    const request = { method: 'POST', path: '/instances', accept: 'application/json', effect: 'write' } as const
    await exchange(stack.orthancApi, { ...request, body, maxBytes: 2 ** 20 })
    return sample
  }
  const read = <Schema extends z.ZodType>(path: string, schema: Schema) =>
    exchangeJson(stack.serviceApi, { method: 'GET', path, effect: 'read', maxBytes: 2 ** 24 }, schema)
  const results = async (uid: string) => (await read(`/api/studies/${uid}/results`, resultsSchema)).results.length
  const isDone = async (uid: string) =>
    (await read('/api/studies', listSchema)).studies.some((one) => one.studyInstanceUid === uid && isDelivered(one))
  const modalities = async (uid: string) =>
    (await new StudySearch(stack.dicomWeb).seriesOf(uid)).map(({ modality }) => modality)

  it('finds no problem in its settings', async () => {
    const environment = { LUNG_TRIAGE_ORTHANC_PASSWORD: stack.orthanc.password, LUNG_TRIAGE_TOKEN: 'x'.repeat(16) }
    expect(await configurationProblems(stack.orthanc.configurationDir, environment, new Date())).to.deep.equal([])
  })

  it('delivers results once, and again after the study grows, but not after it receives our own results', async () => {
    service = await stack.startService()
    const { studyInstanceUid, seriesInstanceUid } = await send({})
    await until(() => isDone(studyInstanceUid), pollMs)
    expect(await modalities(studyInstanceUid)).to.include.members(['CR', 'SR'])
    expect(await results(studyInstanceUid)).to.equal(1)

    await stack.orthanc.restart()
    await send({ studyInstanceUid, seriesInstanceUid })
    await until(async () => (await results(studyInstanceUid)) === 2 && (await isDone(studyInstanceUid)), pollMs)
    const held = await modalities(studyInstanceUid)
    // Once a later study is done, the poll has seen the first study's results.
    const later = await send({})
    await until(() => isDone(later.studyInstanceUid), pollMs)
    expect(await results(studyInstanceUid)).to.equal(2)
    expect(await modalities(studyInstanceUid)).to.have.members(held)
  })

  it('lists the DICOMweb server, and not Orthanc, as a dependency', async () => {
    const names = (await read('/health/ready', readySchema)).dependencies.map(({ name }) => name)
    expect(names).to.include('DICOMweb server').and.not.include('Orthanc')
  })
})
