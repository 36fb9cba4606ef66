import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { freePort } from '../../src/demo/free-port.ts'
import { type OrthancProcess, findOrthancPlugin, startOrthanc } from '../../src/demo/orthanc-process.ts'
import { type HttpService, authorizationHeaders, httpService } from '../../src/clients/http/http-service.ts'

const script = fileURLToPath(new URL('../../config/orthanc/lung_triage.py', import.meta.url))

/** A user of Orthanc with a non-ASCII name. */
export const reader = { username: 'dr.müller', password: 'reader-password-of-the-tests' } as const
const serviceUser = { username: 'lung-triage', password: 'service-password-of-the-tests' } as const
export const pluginKey = 'plugin-key-of-the-tests'

/** A real Orthanc with our plugin. */
export interface PluginOrthanc {
  readonly process: OrthancProcess
  /** Orthanc's REST API, as the service's user. */
  readonly rest: HttpService
  readonly stateDir: string
  /** Port of the service in the plugin's settings. */
  readonly servicePort: number
  /** Sends a request to Orthanc as the reader, unless headers are given. */
  readonly ask: (path: string, init?: RequestInit) => Promise<Response>
  readonly log: () => Promise<string>
  /** Stops Orthanc and removes its files. */
  readonly remove: () => Promise<void>
}

/**
 * Starts Orthanc with the plugin on free ports.
 * @param section settings that override the defaults of the tests
 * @param configuration other sections of Orthanc
 */
export async function startPluginOrthanc(
  section: Readonly<Record<string, unknown>>,
  configuration: Readonly<Record<string, unknown>> = {},
): Promise<PluginOrthanc> {
  const dir = await mkdtemp(join(tmpdir(), 'lung-triage-plugin-'))
  const [httpPort, servicePort] = [await freePort(), await freePort()]
  const stateDir = join(dir, 'state')
  const logFile = join(dir, 'orthanc.log')
  const url = `http://127.0.0.1:${httpPort}`
  const login = { Username: serviceUser.username, Password: serviceUser.password }
  const process = await startOrthanc({
    dir: join(dir, 'orthanc'),
    httpPort,
    logFile,
    users: { [serviceUser.username]: serviceUser.password, [reader.username]: reader.password },
    configuration: {
      StableAge: 1,
      Plugins: [await findOrthancPlugin('libOrthancPython.so')],
      PythonScript: script,
      LungTriage: {
        StateDir: stateDir,
        Orthanc: { Url: url, ...login },
        DicomWeb: { Url: `${url}/dicom-web`, ...login },
        Http: { Port: servicePort },
        Plugin: { Key: pluginKey },
        ...section,
      },
      ...configuration,
    },
  })
  return {
    ...{ process, stateDir, servicePort },
    rest: httpService({ name: 'Orthanc', url, credentials: { kind: 'basic', ...serviceUser }, timeoutMs: 20_000 }),
    ask: (path, init) =>
      fetch(url + path, {
        headers: authorizationHeaders({ kind: 'basic', ...reader }),
        redirect: 'manual',
        ...init,
      }),
    log: () => readFile(logFile, 'utf8'),
    remove: async () => {
      // A service started by Orthanc may still write its state. On SIGTERM, Orthanc waits for it.
      await process.stop(section['Autostart'] === true ? 'SIGTERM' : 'SIGKILL')
      await rm(dir, { recursive: true, force: true })
    },
  }
}

/** Process ID of the last service that the plugin started, from Orthanc's log; undefined before the first. */
export async function startedService({ log }: PluginOrthanc): Promise<number | undefined> {
  const started = [...(await log()).matchAll(/the service was started \(process (\d+)\)/g)].at(-1)?.[1]
  return started === undefined ? undefined : Number(started)
}

export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}
