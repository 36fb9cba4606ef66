import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../src/demo/free-port.ts'
import { startOrthanc } from '../../src/demo/orthanc-process.ts'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'
import { type RedisServer, startRedis } from '../servers/redis-server.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { type FhirServer, startFhirServer } from '../servers/fhir-server.ts'
import { type Ends, type KeptProgram, keepProgram } from './kept-program.ts'
import type { ChaosEvent, NetworkPart, Part, ServerPart } from './schedule.ts'

/** `sqlite`: the service alone. `redis`: the service and a worker share the work through Redis. */
export type QueueKind = 'sqlite' | 'redis'

/** All parts of a hospital on loopback ports. The service reaches archive and record through proxies that fail. */
export interface Hospital {
  readonly parts: readonly Part[]
  readonly orthancApi: HttpService
  readonly dicomWeb: HttpService
  readonly serviceApi: HttpService
  readonly fhir: FhirServer
  /** How often the service and the worker, if there is one, ended. */
  readonly ends: Readonly<Partial<Record<ServerPart, Ends>>>
  /** Makes a part fail for a time, then repairs it. */
  suffer(event: ChaosEvent): Promise<void>
  stop(): Promise<void>
}

/** Seconds without new objects after which Orthanc calls a study stable; 1 is its minimum. */
const stableAgeSeconds = 1

/** @param dir an empty folder readable only by its owner */
export async function openHospital(dir: string, queueKind: QueueKind): Promise<Hospital> {
  await using opened = new AsyncDisposableStack()
  const [orthancPort, servicePort] = [await freePort(), await freePort()]
  const secrets = {
    LUNG_TRIAGE_ORTHANC_PASSWORD: randomBytes(18).toString('hex'),
    LUNG_TRIAGE_TOKEN: randomBytes(24).toString('hex'),
    LUNG_TRIAGE_QUEUE_SECRET: randomBytes(32).toString('hex'),
  }
  const fhir = opened.adopt(await startFhirServer(), (server) => server.stop())
  const stopProxy = (proxy: FaultyProxy): Promise<void> => proxy.stop()
  const toArchive = opened.adopt(await startFaultyProxy(`http://127.0.0.1:${orthancPort}`), stopProxy)
  const toFhir = opened.adopt(await startFaultyProxy(fhir.url), stopProxy)
  const redis =
    queueKind === 'redis' ? opened.adopt(await startRedis('every-write'), (server) => server.stop()) : undefined
  const [username, password] = ['lung-triage', secrets.LUNG_TRIAGE_ORTHANC_PASSWORD]
  const server = { Username: username, Password: '${LUNG_TRIAGE_ORTHANC_PASSWORD}' }
  const orthanc = opened.adopt(
    await startOrthanc({
      dir: join(dir, 'orthanc'),
      httpPort: orthancPort,
      users: { [username]: password },
      configuration: {
        StableAge: stableAgeSeconds,
        LungTriage: {
          StateDir: join(dir, 'state'),
          Orthanc: { Url: toArchive.url, ...server },
          DicomWeb: { Url: `${toArchive.url}/dicom-web`, ...server },
          Fhir: { Url: toFhir.url, Task: true },
          Intake: { PollSeconds: 0.5 },
          Http: { Port: servicePort, Token: '${LUNG_TRIAGE_TOKEN}' },
          ...(redis && { Queue: { RedisUrl: redis.url, Secret: '${LUNG_TRIAGE_QUEUE_SECRET}' } }),
        },
      },
    }),
    (running) => running.stop(),
  )
  const keep = (command: string): KeptProgram =>
    opened.adopt(
      keepProgram({
        ...{ command, configurationDir: orthanc.configurationDir, environment: secrets },
        logFile: join(dir, `${command}.log`),
      }),
      (program) => program.stop(),
    )
  const service = keep('serve')
  const worker = queueKind === 'redis' ? keep('work') : undefined
  const suffering = { orthanc, fhir, redis, service, worker, networks: { toArchive, toFhir } }
  const credentials = { kind: 'basic', username, password } as const
  const running = opened.move()
  return {
    fhir,
    parts: partsOf(queueKind),
    orthancApi: httpService({ name: 'Orthanc', url: orthanc.url, credentials }),
    dicomWeb: httpService({ name: "Orthanc's DICOMweb", url: orthanc.dicomWebUrl, credentials }),
    serviceApi: httpService({
      name: 'the service',
      url: `http://127.0.0.1:${servicePort}`,
      credentials: { kind: 'bearer', token: secrets.LUNG_TRIAGE_TOKEN },
    }),
    ends: { service: service.ends, ...(worker && { worker: worker.ends }) },
    suffer: (event) => suffer(event, suffering),
    stop: () => running.disposeAsync(),
  }
}

function partsOf(queueKind: QueueKind): readonly Part[] {
  const shared: readonly Part[] = queueKind === 'redis' ? ['worker', 'redis'] : []
  return ['service', 'orthanc', 'fhir', 'archive-network', 'fhir-network', ...shared]
}

interface Stoppable {
  stop(): Promise<void>
  restart(): Promise<void>
}

interface Suffering {
  readonly orthanc: Stoppable
  readonly fhir: Stoppable
  readonly redis: RedisServer | undefined
  readonly service: KeptProgram
  readonly worker: KeptProgram | undefined
  readonly networks: { readonly toArchive: FaultyProxy; readonly toFhir: FaultyProxy }
}

async function suffer(event: ChaosEvent, parts: Suffering): Promise<void> {
  if (event.kind === 'fault') {
    const proxy = networkOf(event.part, parts)
    proxy.fault = event.fault
    await pause(event.forMs)
    proxy.fault = { kind: 'none' }
    return
  }
  switch (event.part) {
    case 'service':
    case 'worker':
      await parts[event.part]?.kill(event.forMs)
      return
    case 'redis':
      await parts.redis?.kill()
      await pause(event.forMs)
      await parts.redis?.restart()
      return
    case 'orthanc':
    case 'fhir':
      await parts[event.part].stop()
      await pause(event.forMs)
      await parts[event.part].restart()
  }
}

function networkOf(part: NetworkPart, { networks }: Suffering): FaultyProxy {
  return part === 'archive-network' ? networks.toArchive : networks.toFhir
}
