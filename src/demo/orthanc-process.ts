import { type ChildProcess, spawn } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { createWriteStream } from 'node:fs'
import { access, mkdir, writeFile } from 'node:fs/promises'
import { delimiter, dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { TriageError } from '../errors/triage-error.ts'
import { httpService } from '../clients/http/http-service.ts'
import { OrthancClient } from '../clients/orthanc-client.ts'
import { freePort } from './free-port.ts'
import { orthancDidNotStart, orthancNotInstalled } from './orthanc-errors.ts'

interface OrthancOptions {
  /** Folder for configuration and storage; created if missing. Holds a password, so only its owner can read it. */
  readonly dir: string
  /** A free port if undefined. */
  readonly httpPort?: number
  /** If set, Orthanc also accepts DICOM C-STORE on this port. */
  readonly dicomPort?: number
  /** Overrides or adds sections; `Plugins` are added to ours. */
  readonly configuration?: Readonly<Record<string, unknown>>
  /** Passwords by user name; one user with a random password if undefined. */
  readonly users?: Readonly<Record<string, string>>
  /** If set, Orthanc's output is appended to this file. */
  readonly logFile?: string
}

/** An Orthanc child process. */
export interface OrthancProcess {
  readonly url: string
  readonly dicomWebUrl: string
  readonly username: string
  readonly password: string
  /** Folder that Orthanc was started with; also the argument of `serve --orthanc-config`. */
  readonly configurationDir: string
  readonly pid: number
  /** @param signal SIGTERM, the default, takes seconds; SIGKILL is immediate and may lose data. */
  stop(signal?: 'SIGTERM' | 'SIGKILL'): Promise<void>
  /** Restarts it on the same port and storage. */
  restart(): Promise<void>
}

const pluginFolders = ['/usr/share/orthanc/plugins', '/usr/local/share/orthanc/plugins', '/usr/lib/orthanc/plugins']
/** Plugin folder of an Orthanc installed under its own prefix (Filesystem Hierarchy Standard 4.11). */
const pluginsBesideExecutable = '../share/orthanc/plugins'
const startTimeoutMs = 30_000
const stopTimeoutMs = 15_000

/**
 * Starts Orthanc with authentication and DICOMweb, and waits until it answers. Orthanc 1.10 always listens on all
 * addresses; `RemoteAccessAllowed: false` makes it refuse other machines.
 * @throws DEMO_ORTHANC_NOT_INSTALLED, DEMO_ORTHANC_DID_NOT_START
 */
export async function startOrthanc(options: OrthancOptions): Promise<OrthancProcess> {
  const executable = await findExecutable()
  const dicomWebPlugin = await findOrthancPlugin('libOrthancDicomWeb.so')
  const users = options.users ?? { 'lung-triage': randomBytes(16).toString('hex') }
  const [username, password] = Object.entries(users)[0] ?? ['', '']
  const httpPort = options.httpPort ?? (await freePort())
  const configurationDir = await writeConfiguration(options, { httpPort, users, dicomWebPlugin })
  const url = `http://127.0.0.1:${httpPort}`
  const launch = async (): Promise<ChildProcess> => {
    const child = spawnOrthanc(executable, configurationDir, options.logFile)
    await untilReady(child, url, { username, password })
    return child.process
  }
  let process = await launch()
  return {
    url,
    dicomWebUrl: `${url}/dicom-web`,
    username,
    password,
    configurationDir,
    get pid() {
      return process.pid!
    },
    stop: (signal) => stop(process, signal),
    restart: async () => {
      await stop(process)
      process = await launch()
    },
  }
}

async function findExecutable(): Promise<string> {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/sbin', '/usr/local/sbin']
  return firstThatExists(folders, 'Orthanc')
}

/**
 * Path of a plugin for the Orthanc that `startOrthanc` starts.
 * @throws DEMO_ORTHANC_NOT_INSTALLED
 */
export async function findOrthancPlugin(file: string): Promise<string> {
  const besideExecutable = join(dirname(await findExecutable()), pluginsBesideExecutable)
  return firstThatExists([besideExecutable, ...pluginFolders], file)
}

async function firstThatExists(folders: readonly string[], file: string): Promise<string> {
  for (const folder of folders) {
    const path = join(folder, file)
    if (await exists(path)) return path
  }
  throw orthancNotInstalled(file)
}

async function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  )
}

async function writeConfiguration(
  { dir, dicomPort, configuration = {} }: OrthancOptions,
  ours: { httpPort: number; users: Readonly<Record<string, string>>; dicomWebPlugin: string },
): Promise<string> {
  const { Plugins: morePlugins = [], ...sections } = configuration
  const storage = join(dir, 'storage')
  const configurationDir = join(dir, 'configuration')
  for (const folder of [dir, storage, configurationDir]) await mkdir(folder, { recursive: true, mode: 0o700 })
  const whole = {
    Name: 'Lung Triage',
    StorageDirectory: storage,
    IndexDirectory: storage,
    HttpPort: ours.httpPort,
    RemoteAccessAllowed: false,
    AuthenticationEnabled: true,
    RegisteredUsers: ours.users,
    DicomServerEnabled: dicomPort !== undefined,
    ...(dicomPort !== undefined && { DicomPort: dicomPort, DicomAet: 'LUNGTRIAGE' }),
    DicomWeb: { Enable: true, Root: '/dicom-web/' },
    ...sections,
    Plugins: [ours.dicomWebPlugin, ...(Array.isArray(morePlugins) ? (morePlugins as unknown[]) : [morePlugins])],
  }
  await writeFile(join(configurationDir, 'orthanc.json'), JSON.stringify(whole, null, 2), { mode: 0o600 })
  return configurationDir
}

interface Child {
  readonly process: ChildProcess
  /** The tail of its output. */
  readonly lastWords: () => string
}

function spawnOrthanc(executable: string, configurationDir: string, logFile: string | undefined): Child {
  const child = spawn(executable, [configurationDir], { stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => (printed = (printed + chunk.toString()).slice(-2000)))
  if (logFile !== undefined) {
    const log = createWriteStream(logFile, { flags: 'a', mode: 0o600 })
    for (const stream of [child.stdout, child.stderr]) stream.pipe(log, { end: false })
    child.once('close', () => log.end())
  }
  const endWithUs = (): void => void child.kill('SIGKILL')
  process.once('exit', endWithUs)
  child.once('exit', () => process.off('exit', endWithUs))
  return { process: child, lastWords: () => printed }
}

async function untilReady(child: Child, url: string, user: { username: string; password: string }): Promise<void> {
  const service = httpService({ name: 'Orthanc', url, credentials: { kind: 'basic', ...user }, timeoutMs: 5000 })
  const client = new OrthancClient(service)
  const deadline = AbortSignal.timeout(startTimeoutMs)
  while (child.process.exitCode === null && child.process.signalCode === null) {
    try {
      await client.system()
      return
    } catch (error) {
      const starting = error instanceof TriageError && error.failureClass === 'transient'
      if (starting && !deadline.aborted) {
        await pause(50)
        continue
      }
      await stop(child.process)
      throw orthancDidNotStart(error instanceof Error ? error.message : 'no answer', child.lastWords())
    }
  }
  throw orthancDidNotStart(`it exited with ${child.process.exitCode ?? child.process.signalCode}`, child.lastWords())
}

async function stop(child: ChildProcess, signal: 'SIGTERM' | 'SIGKILL' = 'SIGTERM'): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return
  const ended = once(child, 'exit')
  child.kill(signal)
  const late = setTimeout(() => child.kill('SIGKILL'), stopTimeoutMs)
  await ended
  clearTimeout(late)
}
