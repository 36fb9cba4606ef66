import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { z } from 'zod'
import { exchange, exchangeJson } from '../../../src/clients/http/exchange.ts'
import { type HttpService, httpService } from '../../../src/clients/http/http-service.ts'
import { OrthancClient } from '../../../src/clients/orthanc-client.ts'
import { freePort } from '../../../src/demo/free-port.ts'
import { type OrthancProcess, startOrthanc } from '../../../src/demo/orthanc-process.ts'
import { type ServiceProcess, startServiceProcess } from '../../../src/demo/service-process.ts'
import { countMarks } from '../../chaos/found-results.ts'
import type { SentStudy } from '../../servers/belonging.ts'
import { type DicomSample, type SampleOptions, childChestRadiograph } from '../../servers/dicom-samples.ts'
import { type FaultyProxy, startFaultyProxy } from '../../servers/faulty-proxy.ts'
import { type FhirServer, startFhirServer } from '../../servers/fhir-server.ts'
import { isDelivered } from '../delivered.ts'
import { until } from '../fixtures.ts'

const delivery = z.object({
  target: z.string(),
  state: z.string(),
  attempts: z.number(),
  problem: z.object({ code: z.string(), reason: z.string() }).optional(),
})
const study = z.object({
  studyInstanceUid: z.string(),
  state: z.string(),
  problem: z.object({ code: z.string() }).optional(),
  deliveries: z.array(delivery),
  finding: z
    .object({
      kind: z.string(),
      resultKey: z.string(),
      probabilities: z.object({ pneumonia: z.number() }).optional(),
      pictureCount: z.number(),
    })
    .optional(),
})
const listSchema = z.object({ studies: z.array(study) })
const objectSchema = z.array(
  z.object({
    '00080018': z.object({ Value: z.tuple([z.string()]) }),
    '00080060': z.object({ Value: z.tuple([z.string()]) }),
  }),
)

/** A study as `GET /api/studies` shows it. */
export type ShownStudy = z.output<typeof study>

/** Seconds without new objects after which Orthanc calls a study stable; 1 is its minimum. */
const stableAgeSeconds = 1
/** The service limits the requests per address. */
const pollMs = 100

/** A hospital with one archive, one record system and the service, for the tests of one `describe`. */
export interface Hospital {
  readonly process: OrthancProcess
  readonly orthanc: OrthancClient
  readonly dicomWeb: HttpService
  readonly fhir: FhirServer
  /** The service reaches archive and record through these. */
  readonly toArchive: FaultyProxy
  readonly toFhir: FaultyProxy
  readonly dir: string
  readonly startService: () => Promise<void>
  /** By default with SIGKILL. */
  readonly stopService: (signal?: 'SIGTERM' | 'SIGKILL') => Promise<void>
  /** The process of the service that runs. */
  readonly pid: number
  readonly send: (options?: SampleOptions) => Promise<DicomSample>
  readonly shown: (studyInstanceUid: string) => Promise<ShownStudy | undefined>
  /** Waits until every target has the results of the studies. Returns how these are shown. */
  readonly delivered: (...studyInstanceUids: readonly string[]) => Promise<readonly ShownStudy[]>
  /** Waits until a condition holds, at a pace that servers allow. */
  readonly until: (condition: () => Promise<boolean>) => Promise<void>
  /** Waits until what is shown of a study is as expected. */
  readonly shows: (studyInstanceUid: string, isMeant: (shown: ShownStudy) => boolean) => Promise<ShownStudy>
  /** The objects of a study in the archive as `modality UID`, sorted; none if the archive does not have it. */
  readonly objects: (studyInstanceUid: string) => Promise<readonly string[]>
  /** Whether Orthanc has the study marked for priority reading. */
  readonly isUrgent: (studyInstanceUid: string) => Promise<boolean>
  /** Sends a request to Orthanc, with a body of JSON. */
  readonly ask: (method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) => Promise<void>
  /** Deletes a study from the archive. */
  readonly deleteStudy: (studyInstanceUid: string) => Promise<void>
  /** Sends a request to the service. */
  readonly post: (path: string) => Promise<void>
  /** Events of the service's log, with the studies they are about counted. */
  readonly events: (name: string) => Promise<number>
}

/**
 * @param section overrides settings of the service
 * @param configuration of Orthanc
 */
export function withHospital(
  section: Readonly<Record<string, unknown>> = {},
  configuration: Readonly<Record<string, unknown>> = {},
): () => Hospital {
  let open: { hospital: Hospital; close: () => Promise<void> } | undefined
  before('open the hospital', async function () {
    this.timeout(60_000)
    open = await openHospital(section, configuration)
  })
  after('close the hospital', async function () {
    this.timeout(60_000)
    await open?.close()
  })
  return () => open!.hospital
}

async function openHospital(
  section: Readonly<Record<string, unknown>>,
  configuration: Readonly<Record<string, unknown>>,
): Promise<{ hospital: Hospital; close: () => Promise<void> }> {
  await using opened = new AsyncDisposableStack()
  const dir = opened.adopt(await mkdtemp(join(tmpdir(), 'lung-triage-hospital-')), (made) =>
    rm(made, { recursive: true }),
  )
  const [orthancPort, servicePort] = [await freePort(), await freePort()]
  const stopProxy = (proxy: FaultyProxy) => proxy.stop()
  const fhir = opened.adopt(await startFhirServer(), (server) => server.stop())
  const toArchive = opened.adopt(await startFaultyProxy(`http://127.0.0.1:${orthancPort}`), stopProxy)
  const toFhir = opened.adopt(await startFaultyProxy(fhir.url), stopProxy)
  const [username, password, token] = ['lung-triage', 'password-of-the-tests', 'token-of-the-tests-of-a-hospital']
  const login = { Username: username, Password: '${LUNG_TRIAGE_ORTHANC_PASSWORD}' }
  const process = opened.adopt(
    await startOrthanc({
      ...{ dir: join(dir, 'orthanc'), httpPort: orthancPort, users: { [username]: password } },
      configuration: {
        StableAge: stableAgeSeconds,
        ...configuration,
        LungTriage: {
          StateDir: join(dir, 'state'),
          Orthanc: { Url: toArchive.url, ...login },
          DicomWeb: { Url: `${toArchive.url}/dicom-web`, ...login },
          Fhir: { Url: toFhir.url, Task: true },
          Intake: { PollSeconds: 0.2 },
          Engine: { Provider: 'cpu' },
          Http: { Port: servicePort, Token: '${LUNG_TRIAGE_TOKEN}' },
          // Every finding is "present", so every study is urgent.
          Thresholds: { Present: 0, Absent: 0 },
          ...section,
        },
      },
    }),
    (orthanc) => orthanc.stop('SIGKILL'),
  )
  const credentials = { kind: 'basic', username, password } as const
  const orthancApi = httpService({ name: 'Orthanc', url: process.url, credentials })
  const dicomWeb = httpService({ name: "Orthanc's DICOMweb", url: process.dicomWebUrl, credentials })
  const serviceUrl = `http://127.0.0.1:${servicePort}`
  const serviceApi = httpService({ name: 'the service', url: serviceUrl, credentials: { kind: 'bearer', token } })
  const logFile = join(dir, 'service.log')
  let service: ServiceProcess | undefined
  opened.defer(() => service?.stop('SIGKILL') ?? Promise.resolve())
  const orthanc = new OrthancClient(orthancApi)
  const all = async () => {
    const request = { method: 'GET', path: '/api/studies?period=all', effect: 'read', maxBytes: 2 ** 24 } as const
    return (await exchangeJson(serviceApi, request, listSchema)).studies
  }
  const hospital: Hospital = {
    ...{ process, orthanc, dicomWeb, fhir, toArchive, toFhir, dir },
    startService: async () => {
      service = await startServiceProcess({
        orthancConfigurationDir: process.configurationDir,
        secrets: { LUNG_TRIAGE_ORTHANC_PASSWORD: password, LUNG_TRIAGE_TOKEN: token },
        logFile,
      })
    },
    stopService: async (signal = 'SIGKILL') => service?.stop(signal),
    get pid() {
      return service!.pid
    },
    send: async (options = {}) => {
      const sample = childChestRadiograph({ rows: 256, columns: 256, ...options })
      const body = { contentType: 'application/dicom', data: sample.bytes.buffer }
      await exchange(orthancApi, { ...write, path: '/instances', body })
      return sample
    },
    until: (condition) => until(condition, pollMs),
    shown: async (uid) => (await all()).find((one) => one.studyInstanceUid === uid),
    delivered: async (...uids) => {
      let found: readonly ShownStudy[] = []
      await until(async () => {
        found = (await all()).filter((one) => uids.includes(one.studyInstanceUid) && isDelivered(one))
        return found.length === uids.length
      }, pollMs)
      return uids.map((uid) => found.find((one) => one.studyInstanceUid === uid)!)
    },
    shows: async (uid, isMeant) => {
      let shown: ShownStudy | undefined
      await until(async () => {
        shown = await hospital.shown(uid)
        return shown !== undefined && isMeant(shown)
      }, pollMs)
      return shown!
    },
    objects: async (uid) => {
      if ((await orthanc.lookup('Study', uid)).length === 0) return []
      const request = { method: 'GET', path: `/studies/${uid}/instances`, effect: 'read', maxBytes: 2 ** 24 } as const
      const found = await exchangeJson(dicomWeb, { ...request, accept: 'application/dicom+json' }, objectSchema)
      return found.map((one) => `${one['00080060'].Value[0]} ${one['00080018'].Value[0]}`).sort()
    },
    isUrgent: async (uid) => (await countMarks(uid, orthanc, orthancApi)) === 1,
    ask: (method, path, body) => askOrthanc(orthancApi, method, path, body),
    deleteStudy: async (uid) => {
      for (const id of await orthanc.lookup('Study', uid)) await askOrthanc(orthancApi, 'DELETE', `/studies/${id}`)
    },
    post: async (path) => {
      await exchange(serviceApi, { ...write, path })
    },
    events: async (name) => (await readFile(logFile, 'utf8')).split(`"event":"${name}"`).length - 1,
  }
  const running = opened.move()
  return { hospital, close: () => running.disposeAsync() }
}

const write = { method: 'POST', accept: '*/*', effect: 'write', maxBytes: 2 ** 20 } as const

async function askOrthanc(api: HttpService, method: 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown) {
  const sent = body === undefined ? {} : { body: { contentType: 'application/json', data: JSON.stringify(body) } }
  await exchange(api, { ...write, method, path, ...sent })
}

/** What was sent of one study, from its images. */
export function sentStudy(
  images: readonly [DicomSample, ...DicomSample[]],
  about: { readonly patientName?: string; readonly isDeleted?: boolean } = {},
): SentStudy {
  const [{ studyInstanceUid, patientId }] = images
  return {
    ...{ studyInstanceUid, patientId, patientName: 'Sample^Child', ...about },
    seriesInstanceUids: images.map(({ seriesInstanceUid }) => seriesInstanceUid),
    sopInstanceUids: images.map(({ sopInstanceUid }) => sopInstanceUid),
  }
}

/** Pixels with an opacity in one lung, larger with the number. */
export function chestWith(opacity: number, side = 256): { readonly PixelData: [ArrayBuffer] } {
  const pixels = new Uint16Array(side * side)
  for (let index = 0; index < pixels.length; index++) {
    const x = ((index % side) + 0.5) / side - 0.5
    const y = (Math.floor(index / side) + 0.5) / side - 0.5
    const insideLung = ((Math.abs(x) - 0.22) / 0.14) ** 2 + (y / 0.34) ** 2 < 1
    const insideOpacity = (x - 0.22) ** 2 + (y - 0.1) ** 2 < (opacity / 20) ** 2
    pixels[index] = insideLung ? (insideOpacity ? 1800 : 700) : 2800
  }
  return { PixelData: [pixels.buffer] }
}
