import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { freePort } from '../../src/demo/free-port.ts'
import { startOrthanc } from '../../src/demo/orthanc-process.ts'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'
import { type RedisServer, startRedis } from '../servers/redis-server.ts'
import { type FaultyProxy, startFaultyProxy } from '../servers/faulty-proxy.ts'
import { type FhirServer, startFhirServer } from '../servers/fhir-server.ts'
import { type Hl7Receiver, type ReceivedMessage, startHl7Receiver } from '../servers/hl7-receiver.ts'
import { type Ends, type KeptProgram, keepProgram } from './kept-program.ts'
import { type StateDisk, mountStateDisk } from './state-disk.ts'
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
  /** All messages that its HL7 receivers have received. */
  readonly hl7Messages: () => readonly ReceivedMessage[]
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
  const outage = opened.adopt(await startFaultyProxy(fhir.url), stopProxy)
  const toFhir = opened.adopt(await startFaultyProxy(outage.url), stopProxy)
  const hl7 = await restartableReceiver()
  opened.defer(() => hl7.stop())
  const disk = mountStateDisk()
  opened.defer(() => disk?.unmount())
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
          StateDir: join(disk?.dir ?? dir, 'state'),
          Orthanc: { Url: toArchive.url, ...server },
          DicomWeb: { Url: `${toArchive.url}/dicom-web`, ...server },
          Fhir: { Url: toFhir.url, Task: true },
          Hl7: { Host: '127.0.0.1', Port: hl7.port },
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
        preload: new URL('failing-engine.ts', import.meta.url),
        logFile: join(dir, `${command}.log`),
      }),
      (program) => program.stop(),
    )
  const service = keep('serve')
  const worker = queueKind === 'redis' ? keep('work') : undefined
  const networks = { 'archive-network': toArchive, 'fhir-network': toFhir, 'fhir-outage': outage }
  const suffering = { orthanc, fhir, hl7, redis, service, worker, disk, networks }
  const credentials = { kind: 'basic', username, password } as const
  const running = opened.move()
  return {
    fhir,
    hl7Messages: hl7.messages,
    parts: partsOf(queueKind, disk !== undefined),
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

function partsOf(queueKind: QueueKind, hasDisk: boolean): readonly Part[] {
  const shared: readonly Part[] = queueKind === 'redis' ? ['worker', 'redis'] : []
  const alone: readonly Part[] = ['service', 'orthanc', 'fhir', 'hl7', 'service-pause', 'orthanc-pause']
  const networks: readonly Part[] = ['archive-network', 'fhir-network', 'fhir-outage']
  return [...alone, ...networks, ...shared, ...(hasDisk ? (['disk'] as const) : [])]
}

/** A receiver that can be away. It answers at the same address again. */
async function restartableReceiver(): Promise<Stoppable & { port: number; messages: () => ReceivedMessage[] }> {
  const receivers: Hl7Receiver[] = [await startHl7Receiver()]
  const { port } = receivers[0]!
  return {
    port,
    messages: () => receivers.flatMap(({ messages }) => messages),
    stop: async () => receivers.at(-1)?.stop(),
    restart: async () => {
      receivers.push(await startHl7Receiver(undefined, port))
    },
  }
}

interface Stoppable {
  stop(): Promise<void>
  restart(): Promise<void>
}

interface Suffering {
  readonly orthanc: Stoppable & { readonly pid: number }
  readonly fhir: Stoppable
  readonly hl7: Stoppable
  readonly redis: RedisServer | undefined
  readonly service: KeptProgram
  readonly worker: KeptProgram | undefined
  readonly disk: StateDisk | undefined
  readonly networks: Readonly<Record<NetworkPart, FaultyProxy>>
}

async function suffer(event: ChaosEvent, parts: Suffering): Promise<void> {
  if (event.kind === 'down') return down(event.part, event.forMs, parts)
  if (event.kind === 'paused') {
    return event.part === 'service-pause' ? parts.service.suspend(event.forMs) : suspend(parts.orthanc.pid, event.forMs)
  }
  if (event.kind === 'full') parts.disk?.fill()
  else parts.networks[event.part].fault = event.fault
  await pause(event.forMs)
  if (event.kind === 'full') parts.disk?.makeRoom()
  else parts.networks[event.part].fault = { kind: 'none' }
}

async function down(part: ServerPart, forMs: number, parts: Suffering): Promise<void> {
  if (part === 'service' || part === 'worker') return parts[part]?.kill(forMs)
  await (part === 'redis' ? parts.redis?.kill() : parts[part].stop())
  await pause(forMs)
  await parts[part]?.restart()
}

async function suspend(pid: number, forMs: number): Promise<void> {
  process.kill(pid, 'SIGSTOP')
  await pause(forMs)
  try {
    process.kill(pid, 'SIGCONT')
  } catch (error) {
    // It was stopped meanwhile.
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error
  }
}
