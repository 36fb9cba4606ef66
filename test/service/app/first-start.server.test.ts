import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { z } from 'zod'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import { OrthancClient } from '../../../src/clients/orthanc-client.ts'
import type { ServiceProcess } from '../../../src/demo/service-process.ts'
import { type DemoStack, startStack } from '../../../src/demo/stack.ts'
import { childChestRadiograph } from '../../servers/dicom-samples.ts'
import { until } from '../fixtures.ts'

const listSchema = z.object({ studies: z.array(z.object({ studyInstanceUid: z.string(), state: z.string() })) })
const logSchema = z.object({ event: z.string(), reason: z.string().default(''), lane: z.string().default('') })

/** The service limits the requests per address. */
const pollMs = 50
const allDays = ['--from', '20240301', '--to', '20240301', '--studies-per-minute', '6000', '--json']

describe('service on a real Orthanc that already has studies', function () {
  this.timeout(300_000)
  let dir: string
  let stack: DemoStack
  let orthanc: OrthancClient
  let service: ServiceProcess | undefined

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-first-start-'))
    stack = await startStack(dir)
    orthanc = new OrthancClient(stack.orthancApi)
  })

  afterEach(async () => {
    await service?.stop('SIGKILL')
    await stack.orthanc.stop('SIGKILL')
    await rm(dir, { recursive: true })
  })

  const post = { method: 'POST', accept: '*/*', effect: 'write', maxBytes: 2 ** 20 } as const
  const send = async (): Promise<string> => {
    const sample = childChestRadiograph({ rows: 256, columns: 256 })
    const body = { contentType: 'application/dicom', data: sample.bytes.buffer }
    await exchange(stack.orthancApi, { ...post, path: '/instances', body })
    return sample.studyInstanceUid
  }
  const sendSeveral = async (count: number): Promise<string[]> => {
    const uids: string[] = []
    while (uids.length < count) uids.push(await send())
    return uids
  }
  const allStable = () => until(async () => (await orthanc.studies(0, 100)).every(({ IsStable }) => IsStable), pollMs)
  const worklist = async (): Promise<Record<string, string>> => {
    const request = { method: 'GET', path: '/api/studies?period=all', effect: 'read', maxBytes: 2 ** 24 } as const
    const { studies } = await exchangeJson(stack.serviceApi, request, listSchema)
    return Object.fromEntries(studies.map(({ studyInstanceUid, state }) => [studyInstanceUid, state]))
  }
  const done = (uids: readonly string[]) =>
    until(async () => {
      const states = await worklist()
      return uids.every((uid) => states[uid] === 'done')
    }, pollMs)
  const log = async () =>
    (await readFile(stack.logFile, 'utf8'))
      .split('\n')
      .filter((line) => line.startsWith('{"level"'))
      .map((line) => logSchema.parse(JSON.parse(line)))
  const reasonsOf = async (event: string) => (await log()).filter((one) => one.event === event).map((one) => one.reason)
  const command = (name: string, ...args: readonly string[]): Promise<{ stdout: string; stderr: string }> => {
    const environment = { LUNG_TRIAGE_ORTHANC_PASSWORD: stack.orthanc.password, LUNG_TRIAGE_TOKEN: tokenOf(stack) }
    const { promise, resolve } = Promise.withResolvers<{ stdout: string; stderr: string }>()
    const options = { encoding: 'utf8', env: { ...process.env, ...environment } } as const
    execFile(process.execPath, ['src/cli.ts', name, ...args], options, (_error, stdout, stderr) => {
      resolve({ stdout, stderr })
    })
    return promise
  }
  const checkConfig = async () => (await command('check-config', stack.orthanc.configurationDir)).stderr
  const backfill = async (): Promise<unknown> => {
    const { stdout, stderr } = await command('backfill', ...allDays, '--orthanc-config', stack.orthanc.configurationDir)
    expect(stdout, stderr).to.not.equal('')
    return JSON.parse(stdout)
  }

  it('takes only new studies, counts the others, and takes these by backfill; sends nothing again after its state is lost', async () => {
    const past = await sendSeveral(3)
    await allStable()
    service = await stack.startService()
    await until(async () => (await reasonsOf('service.past-studies')).length > 0, pollMs)
    const fresh = await send()
    await done([fresh])
    expect(await worklist()).to.deep.equal({ [fresh]: 'done' })
    expect((await reasonsOf('service.past-studies')).join()).to.match(
      /^3 studies with radiographs in the archive have no report of this program\./,
    )
    expect(await checkConfig()).to.include('3 studies with radiographs')
    expect(await backfill()).to.include({ queued: 3, known: 0, reported: 1 })
    await done(past)
    const lanes = (await log()).filter(({ event }) => event === 'study.arrived').map(({ lane }) => lane)
    expect(lanes).to.deep.equal(['normal', 'backfill', 'backfill', 'backfill'])
    expect(await checkConfig()).to.not.include('radiographs')

    // The reports have just arrived, so the studies are not stable yet.
    await service.stop()
    await rm(join(dir, 'state'), { recursive: true })
    const before = await instances(stack)
    service = await stack.startService()
    const later = await send()
    await done([later])
    expect(await worklist()).to.deep.equal({ [later]: 'done' })
    expect(await backfill()).to.include({ queued: 0, known: 0, reported: 5 })
    expect((await instances(stack)).filter((id) => before.includes(id))).to.have.members(before)
  })

  it('misses no study of a larger database that replaced the former one while it was away', async () => {
    service = await stack.startService()
    await done(await sendSeveral(2))
    await service.stop()
    await stack.orthanc.stop()
    await rm(join(dir, 'orthanc', 'storage'), { recursive: true })
    await stack.orthanc.restart()
    const studies = await sendSeveral(8)
    await allStable()
    service = await stack.startService()
    await done(studies)
    expect((await reasonsOf('feed.trouble')).join()).to.include("Orthanc's database was replaced")
  })

  it('misses no study when the change log is cleared', async () => {
    service = await stack.startService()
    const studies = await sendSeveral(2)
    await allStable()
    await exchange(stack.orthancApi, { ...post, method: 'DELETE', path: '/changes' })
    studies.push(...(await sendSeveral(2)))
    await done(studies)
  })
})

function tokenOf({ serviceApi: { credentials } }: DemoStack): string {
  return credentials.kind === 'bearer' ? credentials.token : ''
}

async function instances({ orthancApi }: DemoStack): Promise<string[]> {
  const request = { method: 'GET', path: '/instances', effect: 'read', maxBytes: 2 ** 20 } as const
  return exchangeJson(orthancApi, request, z.array(z.string()))
}
