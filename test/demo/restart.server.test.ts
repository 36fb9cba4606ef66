import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { followStudies, statusesOf } from '../../src/demo/follow-studies.ts'
import { sendStudies } from '../../src/demo/send-studies.ts'
import type { ServiceProcess } from '../../src/demo/service-process.ts'
import { syntheticRadiographs } from '../../src/demo/sources.ts'
import { type DemoStack, startStack } from '../../src/demo/stack.ts'
import { type StudyRow, studyRow } from '../../src/demo/study-row.ts'
import { findWrittenResults } from '../../src/demo/written-results.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { until } from '../service/fixtures.ts'

describe('the service, stopped during work and restarted', function () {
  this.timeout(180_000)
  let dir: string
  let stack: DemoStack
  let archive: FaultyProxy
  let service: ServiceProcess | undefined

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-restart-'))
    stack = await startStack(dir)
    archive = await startFaultyProxy(stack.dicomWeb.url)
    await setDicomWeb(archive.url)
    service = await stack.startService()
  })

  afterEach(async () => {
    await service?.stop('SIGKILL')
    await archive.stop()
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  // One study is done, and the archive has stored the results of another but not answered yet. test/chaos does the same
  // with SIGKILL.
  it('loses no study and writes no result twice', async () => {
    const studies = syntheticRadiographs(shippedAtlas(), { startedAt: new Date(), seed: 'restart' }, 5)
    await sendStudies(studies.slice(0, 1), stack.orthancApi)
    await until(async () => (await statesOf()).includes('done'), 50)
    const [stored, stopping] = [Promise.withResolvers<undefined>(), Promise.withResolvers<undefined>()]
    archive.fault = {
      kind: 'delay',
      by: (method) => {
        if (method !== 'POST') return undefined
        stored.resolve(undefined)
        return stopping.promise
      },
    }
    await sendStudies(studies.slice(1), stack.orthancApi)
    await stored.promise
    const stopped = service!.stop('SIGTERM')
    await until(async () => (await readFile(stack.logFile, 'utf8')).includes('"service.stopping"'))
    stopping.resolve(undefined)
    await stopped
    archive.fault = { kind: 'none' }
    service = await stack.startService()

    const rows: StudyRow[] = []
    await followStudies(studies, stack.serviceApi, AbortSignal.timeout(150_000), async (study, status) => {
      rows.push(studyRow(study, status, await findWrittenResults(study, stack.dicomWeb, stack.serviceApi)))
    })
    expect(rows.map((row) => row.problem)).to.deep.equal([null, null, null, null, null])
  })

  const statesOf = async () =>
    (await statusesOf(stack.serviceApi, new AbortController().signal)).map(({ state }) => state)

  async function setDicomWeb(Url: string): Promise<void> {
    const file = join(stack.orthanc.configurationDir, 'orthanc.json')
    const whole = JSON.parse(await readFile(file, 'utf8')) as { LungTriage: { DicomWeb: object } }
    const LungTriage = { ...whole.LungTriage, DicomWeb: { ...whole.LungTriage.DicomWeb, Url } }
    await writeFile(file, JSON.stringify({ ...whole, LungTriage }))
  }
})
