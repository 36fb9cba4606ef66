import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ServiceProcess, startServiceProcess } from '../../../src/demo/service-process.ts'
import { startRedis } from '../../servers/redis-server.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { inTempDir } from '../fixtures.ts'

/** Starts `serve` with its own state folder and log. */
function serve(dir: string, name: string, section: Readonly<Record<string, unknown>>): Promise<ServiceProcess> {
  const folder = join(dir, name)
  mkdirSync(folder, { recursive: true })
  const nowhere = { Url: 'http://127.0.0.1:9' }
  const settings = { StateDir: join(folder, 'state'), DicomWeb: nowhere, Orthanc: nowhere, ...section }
  const whole = { ...settings, Intake: { ChangeFeed: false }, Engine: { Provider: 'cpu' }, Http: { Port: 0 } }
  writeFileSync(join(folder, 'lung-triage.json'), JSON.stringify({ LungTriage: whole }))
  return startServiceProcess({
    orthancConfigurationDir: join(folder, 'lung-triage.json'),
    secrets: {},
    logFile: join(dir, `${name}.log`),
  })
}

/** A process left running would keep the test run from ending. */
async function stopAll(running: readonly (ServiceProcess | undefined)[]): Promise<void> {
  for (const service of running) await service?.stop('SIGKILL')
}

describe('second service', function () {
  this.timeout(120_000)

  it('does not start on a state folder in use, and starts after the first was killed', () =>
    inTempDir(async (dir) => {
      const StateDir = join(dir, 'state')
      const first = await serve(dir, 'first', { StateDir })
      let again: ServiceProcess | undefined
      try {
        const refused = await failureOf(serve(dir, 'second', { StateDir }))
        expect(refused.message).to.include('SERVICE_STATE_IN_USE').and.include(StateDir)
        await first.stop('SIGKILL')
        again = await serve(dir, 'first', { StateDir })
      } finally {
        await stopAll([first, again])
      }
    }))

  it('does not start on the same Redis while the first runs, and takes over after it was killed', () =>
    inTempDir(async (dir) => {
      const redis = await startRedis()
      const Queue = { RedisUrl: redis.url, Secret: 'a secret of the tests that is long enough' }
      const running: ServiceProcess[] = []
      try {
        const first = await serve(dir, 'first', { Queue })
        running.push(first)
        const refused = await failureOf(serve(dir, 'second', { Queue }))
        expect(refused.message).to.include('SERVICE_COORDINATOR_RUNS').and.include(`process ${first.pid} on`)
        await first.stop('SIGKILL')
        running.push(await serve(dir, 'second', { Queue }))
        expect(readFileSync(join(dir, 'second.log'), 'utf8')).to.include('service.started')
      } finally {
        await stopAll(running)
        await redis.stop()
      }
    }))
})
