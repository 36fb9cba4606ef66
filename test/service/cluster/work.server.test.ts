import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { expect } from 'chai'
import { Redis } from 'ioredis'
import { type ServiceProcess, startServiceProcess } from '../../../src/demo/service-process.ts'
import { configurationProblems } from '../../../src/settings/check-configuration.ts'
import { exchange } from '../../../src/clients/http/exchange.ts'
import { type RedisServer, startRedis } from '../../servers/redis-server.ts'
import { childChestRadiograph } from '../../servers/dicom-samples.ts'
import { type TestOrthanc, withOrthanc } from '../../servers/orthanc.ts'
import { isDelivered, listSchema } from '../delivered.ts'
import { inTempDir, until } from '../fixtures.ts'

const token = 'the-token-of-the-tests'
const secrets = { REDIS_SECRET: 'a secret of the tests that is long enough' }

/** Writes the section into Orthanc's configuration folder, as a hospital would. */
function writeConfiguration(dir: string, orthanc: TestOrthanc, redis: RedisServer): void {
  const { username, password } = orthanc.process
  const login = { Username: username, Password: password }
  const section = {
    StateDir: join(dir, 'state'),
    Orthanc: { Url: orthanc.rest.url, ...login },
    DicomWeb: { Url: orthanc.dicomWeb.url, ...login },
    Intake: { ChangeFeed: false },
    Queue: { RedisUrl: redis.url, Secret: '${REDIS_SECRET}', Concurrency: 1 },
    Http: { Port: 0, Token: token },
  }
  mkdirSync(join(dir, 'conf'), { recursive: true })
  writeFileSync(join(dir, 'conf', 'lung-triage.json'), JSON.stringify({ LungTriage: section }))
}

function startService(dir: string): Promise<ServiceProcess> {
  return startServiceProcess({ orthancConfigurationDir: join(dir, 'conf'), secrets, logFile: join(dir, 'log') })
}

interface Worker {
  readonly process: ChildProcess
  /** Its first line on stdout, or all of stderr if it ended without one. */
  readonly said: string
}

const workers: ChildProcess[] = []

async function startWorker(dir: string, environment: Readonly<Record<string, string>> = secrets): Promise<Worker> {
  const child = spawn(process.execPath, ['src/cli.ts', 'work', '--orthanc-config', join(dir, 'conf'), '--json'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...process.env, ...environment },
  })
  workers.push(child)
  let errors = ''
  child.stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()))
  const line = once(createInterface({ input: child.stdout }), 'line').then(([first]) => String(first))
  const ended = once(child, 'close').then(() => errors)
  return { process: child, said: await Promise.race([line, ended]) }
}

async function stopWorker({ process: worker }: Worker): Promise<void> {
  worker.kill('SIGTERM')
  await once(worker, 'exit')
}

const ask = (service: ServiceProcess, path: string, init: RequestInit = {}): Promise<Response> =>
  fetch(`${service.url}${path}`, {
    ...init,
    headers: { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' },
  })

async function seriesIn(orthanc: TestOrthanc, studyInstanceUid: string): Promise<string[]> {
  const request = { method: 'GET', accept: 'application/dicom+json', effect: 'read', maxBytes: 2 ** 20 } as const
  const path = `/studies/${studyInstanceUid}/instances?includefield=Modality`
  const body = await exchange(orthanc.dicomWeb, { ...request, path })
  const instances = JSON.parse(Buffer.from(body).toString()) as Record<string, { Value: string[] }>[]
  return instances.map((instance) => instance['00080060']!.Value[0]!).sort()
}

describe('worker process', function () {
  this.timeout(300_000)
  const orthanc = withOrthanc()
  let redis: RedisServer

  beforeEach(async () => {
    redis = await startRedis('every-write')
  })
  afterEach(async () => {
    for (const worker of workers.splice(0)) worker.kill('SIGKILL')
    await redis.stop()
  })

  it('completes studies while the coordinator is down, which then has each picture and FHIR report once', () =>
    inTempDir(async (dir) => {
      writeConfiguration(dir, orthanc(), redis)
      const samples = Array.from({ length: 4 }, () => childChestRadiograph({ rows: 256, columns: 256 }))
      for (const sample of samples) await orthanc().send(sample)
      let service = await startService(dir)
      for (const { studyInstanceUid } of samples) {
        const body = JSON.stringify({ studyInstanceUid })
        expect((await ask(service, '/api/studies', { method: 'POST', body })).status).to.equal(202)
      }
      await service.stop()

      const worker = await startWorker(dir)
      expect(JSON.parse(worker.said)).to.deep.include({ event: 'ready', queue: redis.url })
      const client = new Redis(redis.url)
      await until(async () => (await client.zcard('lung-triage:studies:completed')) === samples.length)
      client.disconnect()
      await stopWorker(worker)

      service = await startService(dir)
      try {
        const read = async () => listSchema.parse(await (await ask(service, '/api/studies')).json()).studies
        expect((await read()).map(({ state }) => state)).to.deep.equal(['done', 'done', 'done', 'done'])
        await until(async () => (await read()).every(isDelivered))
        const reports = (await (await ask(service, '/fhir/DiagnosticReport')).json()) as { total: number }
        expect(reports.total).to.equal(4)
        for (const { studyInstanceUid } of samples) {
          expect((await ask(service, `/studies/${studyInstanceUid}/pictures/0`)).headers.get('content-type')).to.equal(
            'image/jpeg',
          )
        }
        const written = await Promise.all(samples.map((sample) => seriesIn(orthanc(), sample.studyInstanceUid)))
        expect(written).to.deep.equal(samples.map(() => ['CR', 'OT', 'SR']))
        await redis.kill()
        const ready = await ask(service, '/health/ready')
        expect(ready.status).to.equal(503)
        const { dependencies } = (await ready.json()) as { dependencies: { name: string }[] }
        expect(dependencies.find(({ name }) => name === 'Redis')).to.deep.include({
          name: 'Redis',
          status: 'down',
          code: 'SERVICE_REDIS_UNREACHABLE',
        })
      } finally {
        await service.stop()
      }
    }))

  it('does not start without a coordinator or with a different secret', () =>
    inTempDir(async (dir) => {
      writeConfiguration(dir, orthanc(), redis)
      expect((await startWorker(dir)).said).to.include('SERVICE_COORDINATOR_MISSING')
      const service = await startService(dir)
      try {
        const stranger = await startWorker(dir, { REDIS_SECRET: 'a secret that nobody else has set anywhere' })
        expect(stranger.said).to.include('SERVICE_SEAL_BROKEN')
      } finally {
        await service.stop()
      }
    }))

  it('reports a Redis that evicts keys or does not answer as a configuration problem', () =>
    inTempDir(async (dir) => {
      writeConfiguration(dir, orthanc(), redis)
      const problems = () => configurationProblems(join(dir, 'conf'), secrets, new Date())
      expect(await problems()).to.deep.equal([])
      const client = new Redis(redis.url)
      await client.config('SET', 'maxmemory-policy', 'allkeys-lru')
      client.disconnect()
      expect(await problems()).to.have.length(1)
      expect((await problems())[0]?.message).to.include('Set maxmemory-policy to noeviction')
      await redis.kill()
      const [problem, ...others] = await problems()
      expect(others).to.deep.equal([])
      expect(problem?.path).to.equal('LungTriage.Queue.RedisUrl')
      expect(problem?.message).to.include('ECONNREFUSED').and.include(redis.url)
    }))
})
