import { once } from 'node:events'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { expect } from 'chai'
import { type ServiceProcess, startServiceProcess } from '../../src/demo/service-process.ts'
import { exchange } from '../../src/clients/http/exchange.ts'
import { selfSignedCertificate } from '../servers/certificates.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { withOrthanc } from '../servers/orthanc.ts'
import { isDelivered, studySchema } from '../service/delivered.ts'
import { inTempDir, until } from '../service/fixtures.ts'

const token = 'the-token-of-the-tests'
/** The service limits the requests per address. */
const pollMs = 50

describe('settings changed while the service runs', function () {
  this.timeout(120_000)
  const orthanc = withOrthanc()

  /** A running service and access to its configuration. */
  interface Bench {
    readonly service: ServiceProcess
    readonly archive: FaultyProxy
    /** Writes the configuration file in the watched folder. */
    readonly write: (section: Readonly<Record<string, unknown>>) => void
    /** Writes text that may be invalid JSON. */
    readonly writeText: (text: string) => void
    readonly log: () => string
    readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  }

  async function withRunning(
    section: Readonly<Record<string, unknown>>,
    test: (bench: Bench) => Promise<void>,
  ): Promise<void> {
    await inTempDir(async (dir) => {
      const archive = await startFaultyProxy(orthanc().rest.url)
      const { username: Username, password: Password } = orthanc().process
      const login = { Username, Password }
      const fixed = {
        StateDir: join(dir, 'state'),
        Orthanc: { Url: archive.url, ...login },
        DicomWeb: { Url: `${archive.url}/dicom-web`, ...login },
        Intake: { ChangeFeed: false },
        Engine: { Provider: 'cpu' },
        Http: { Port: 0, Token: token },
      }
      const conf = join(dir, 'conf')
      const writeText = (text: string): void => {
        mkdirSync(conf, { recursive: true })
        writeFileSync(join(conf, 'lung-triage.json'), text)
      }
      const write: Bench['write'] = (changed) => {
        writeText(JSON.stringify({ LungTriage: { ...fixed, ...changed } }))
      }
      write(section)
      const logFile = join(dir, 'log')
      const service = await startServiceProcess({ orthancConfigurationDir: conf, secrets: {}, logFile })
      const headers = { Authorization: `Bearer ${token}`, 'Content-Type': 'application/json' }
      try {
        await test({
          ...{ service, archive, write, writeText },
          log: () => readFileSync(logFile, 'utf8'),
          ask: (path, init) => fetch(service.url + path, { headers, ...init }),
        })
      } finally {
        await service.stop()
        await archive.stop()
      }
    })
  }

  /** Has a study analysed and returns the modalities of its series. */
  async function triaged({ ask }: Bench, whileItRuns?: () => Promise<void>): Promise<string[]> {
    const sample = childChestRadiograph({ rows: 256, columns: 256 })
    await orthanc().send(sample)
    const { studyInstanceUid } = sample
    const study = async () => studySchema.parse(await (await ask(`/api/studies/${studyInstanceUid}`)).json())
    await ask('/api/studies', { method: 'POST', body: JSON.stringify({ studyInstanceUid }) })
    if (whileItRuns !== undefined) {
      await until(async () => (await study()).state === 'active', pollMs)
      await whileItRuns()
    }
    await until(async () => isDelivered(await study()), pollMs)
    const request = { method: 'GET', accept: 'application/dicom+json', effect: 'read', maxBytes: 2 ** 20 } as const
    const path = `/studies/${studyInstanceUid}/series`
    const body = await exchange(orthanc().dicomWeb, { ...request, path })
    const series = JSON.parse(Buffer.from(body).toString()) as Record<string, { Value: string[] }>[]
    return series.map((one) => one['00080060']!.Value[0]!).sort()
  }

  it('apply to the next study, and to what is still to be delivered of a study in progress', () =>
    withRunning({}, async (bench) => {
      const { archive, write, log } = bench
      const takenOver = Promise.withResolvers<undefined>()
      archive.fault = { kind: 'delay', by: () => takenOver.promise }
      const underWay = await triaged(bench, async () => {
        write({ Results: { SecondaryCapture: false, Segmentation: true } })
        await until(() => log().includes('"settings.taken-over"'))
        takenOver.resolve(undefined)
        archive.fault = { kind: 'none' }
      })
      expect(underWay, 'built before, delivered afterwards').to.deep.equal(['CR', 'SR'])
      expect(log()).to.include('"settings":"Results.SecondaryCapture, Results.Segmentation"')
      expect(await triaged(bench)).to.deep.equal(['CR', 'SEG', 'SR'])
    }))

  it('are listed as needing a restart in log, page and health until a restart or until they are reverted', () =>
    withRunning({}, async ({ write, log, ask }) => {
      const pending = async () => ((await (await ask('/health/ready')).json()) as { settings: unknown }).settings
      const changed = { Http: { Port: 1, Token: 'another-token-of-the-tests' }, Retention: { Days: 30 } }
      write({ ...changed, Thresholds: { Present: 0.9, Absent: 0.1 } })
      await until(() => log().includes('"settings.need-restart"'))
      const needRestart = ['Http.Port', 'Http.Token', 'Thresholds.Absent', 'Thresholds.Present']
      expect(await pending()).to.deep.equal({ needRestart, problems: [] })
      expect(log()).to.include(needRestart.join(', ')).and.not.include('another-token')
      expect(await (await ask('/')).text()).to.include(`Restart the service to apply: ${needRestart.join(', ')}.`)
      expect(await (await ask('/quality')).text(), 'what needs none holds').to.include('kept for 30 days')
      write({})
      await until(async () => JSON.stringify(await pending()) === '{"needRestart":[],"problems":[]}')
      expect(await (await ask('/')).text()).to.not.include('Restart the service')
    }))

  it('change nothing if the configuration has a problem, and every problem is reported', () =>
    withRunning({}, async (bench) => {
      const { write, writeText, log, ask } = bench
      write({ Results: { SecondaryCapture: false, Colour: 'red' }, Retention: { Days: 0 } })
      await until(() => log().includes('LungTriage.Retention.Days'))
      expect(log()).to.include('LungTriage.Results.Colour: is not a known setting')
      expect(await (await ask('/')).text()).to.include('the previous settings remain in force')
      writeText('{ "LungTriage": {')
      await until(() => log().includes('invalid JSON'))
      expect(await triaged(bench)).to.deep.equal(['CR', 'OT', 'SR'])
      write({ Results: { SecondaryCapture: false } })
      await until(() => log().includes('"settings.taken-over"'))
      expect(await (await ask('/')).text()).to.not.include('remain in force')
      expect(await triaged(bench)).to.deep.equal(['CR', 'SR'])
    }))

  it('are reloaded at SIGHUP together with a renewed certificate, and the service keeps running', () =>
    inTempDir(async (dir) => {
      const tls = await selfSignedCertificate(dir, 'own')
      await withRunning({ Http: { Port: 0, Token: token, Tls: tls } }, async ({ service, log }) => {
        // A service that is ready already handles the signal, which otherwise would end it.
        process.kill(service.pid, 'SIGHUP')
        const { CertificateFile } = await selfSignedCertificate(dir, 'own')
        process.kill(service.pid, 'SIGHUP')
        await until(() => log().includes('"service.certificate-renewed"'))
        const trusting = { ca: readFileSync(CertificateFile), servername: 'own', agent: false }
        const [health] = (await once(get(`${service.url}/health/live`, trusting), 'response')) as [IncomingMessage]
        expect(health.resume().statusCode).to.equal(200)
      })
    }))
})
