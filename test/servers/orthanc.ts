import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type OrthancProcess, startOrthanc } from '../../src/demo/orthanc-process.ts'
import { exchange } from '../../src/clients/http/exchange.ts'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import type { DicomSample } from './dicom-samples.ts'

/** A real Orthanc for the tests of one `describe`. */
export interface TestOrthanc {
  readonly process: OrthancProcess
  readonly client: OrthancClient
  /** Orthanc's REST API and its DICOMweb, as in the settings. */
  readonly rest: HttpService
  readonly dicomWeb: HttpService
  /** Stores a file in Orthanc. */
  send(sample: DicomSample): Promise<void>
}

/** Seconds without new objects after which Orthanc calls a study stable; 1 is its minimum. */
const stableAgeSeconds = 1

type Configuration = Readonly<Record<string, unknown>>

/** Starts an Orthanc before the tests of the enclosing `describe`; stops it and removes its files after them. */
export function withOrthanc(configuration: Configuration | (() => Promise<Configuration>) = {}): () => TestOrthanc {
  let running: { orthanc: TestOrthanc; dir: string } | undefined
  before('start Orthanc', async function () {
    this.timeout(60_000)
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-orthanc-'))
    const others = typeof configuration === 'function' ? await configuration() : configuration
    const process = await startOrthanc({ dir, configuration: { StableAge: stableAgeSeconds, ...others } })
    running = { orthanc: describeOrthanc(process), dir }
  })
  after('stop Orthanc', async function () {
    this.timeout(60_000)
    await running?.orthanc.process.stop('SIGKILL')
    if (running) await rm(running.dir, { recursive: true })
  })
  return () => {
    if (!running) throw new Error('Orthanc runs only during the tests')
    return running.orthanc
  }
}

function describeOrthanc(process: OrthancProcess): TestOrthanc {
  const { url, dicomWebUrl, username, password } = process
  const credentials = { kind: 'basic', username, password } as const
  const rest = httpService({ name: 'Orthanc', url, credentials, timeoutMs: 10_000 })
  return {
    process,
    rest,
    dicomWeb: httpService({ name: 'the archive', url: dicomWebUrl, credentials, timeoutMs: 10_000 }),
    client: new OrthancClient(rest),
    send: async ({ bytes }) => {
      const body = { contentType: 'application/dicom', data: bytes.buffer }
      const request = { method: 'POST', path: '/instances', accept: 'application/json', effect: 'write' } as const
      await exchange(rest, { ...request, body, maxBytes: 2 ** 20 })
    },
  }
}
