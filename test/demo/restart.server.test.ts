import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { expect } from 'chai'
import { followStudies, statusesOf } from '../../src/demo/follow-studies.ts'
import { sendStudies } from '../../src/demo/send-studies.ts'
import type { ServiceProcess } from '../../src/demo/service-process.ts'
import { syntheticRadiographs } from '../../src/demo/sources.ts'
import { type DemoStack, startStack } from '../../src/demo/stack.ts'
import { type StudyRow, studyRow } from '../../src/demo/study-row.ts'
import { findWrittenResults } from '../../src/demo/written-results.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'

describe('the service, stopped during work and restarted', function () {
  this.timeout(180_000)
  let dir: string
  let stack: DemoStack
  let service: ServiceProcess | undefined

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-restart-'))
    stack = await startStack(dir)
    service = await stack.startService()
  })

  afterEach(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  // test/chaos does the same with SIGKILL.
  it('loses no study and writes no result twice', async () => {
    const studies = syntheticRadiographs(shippedAtlas(), { startedAt: new Date(), seed: 'restart' }, 5)
    await sendStudies(studies, stack.orthancApi)
    await untilHalfDone()
    await service?.stop('SIGTERM')
    service = await stack.startService()

    const rows: StudyRow[] = []
    await followStudies(studies, stack.serviceApi, AbortSignal.timeout(150_000), async (study, status) => {
      rows.push(studyRow(study, status, await findWrittenResults(study, stack.dicomWeb, stack.serviceApi)))
    })
    expect(rows.map((row) => row.problem)).to.deep.equal([null, null, null, null, null])
  })

  /** Waits until one study is done while another is active. */
  async function untilHalfDone(): Promise<void> {
    const deadline = AbortSignal.timeout(60_000)
    for (;;) {
      const states = new Set((await statusesOf(stack.serviceApi, deadline)).map(({ state }) => state))
      if (states.has('done') && states.has('active')) return
      // Without a pause, the service's rate limit would refuse the requests.
      await pause(50, undefined, { signal: deadline })
    }
  }
})
