import { randomBytes } from 'node:crypto'
import { join } from 'node:path'
import { type HttpService, httpService } from '../clients/http/http-service.ts'
import { freePort } from './free-port.ts'
import { type OrthancProcess, startOrthanc } from './orthanc-process.ts'
import { type ServiceProcess, startServiceProcess } from './service-process.ts'

/** Orthanc's `StableAge`: seconds without new images until a study is stable. */
const stableAgeSeconds = 1

/** A running Orthanc whose configuration has our section, and what is needed to start the service on it. */
export interface DemoStack {
  readonly orthanc: OrthancProcess
  readonly orthancApi: HttpService
  readonly dicomWeb: HttpService
  /** The service's API, with the token. The address stays the same across restarts of the service. */
  readonly serviceApi: HttpService
  readonly logFile: string
  startService(environment?: Readonly<Record<string, string>>): Promise<ServiceProcess>
}

/**
 * Starts Orthanc with a `"LungTriage"` section in its configuration. The section names environment variables instead of
 * password and token.
 * @param dir an empty folder that only its owner can read
 * @param section overrides the demo's settings
 */
export async function startStack(dir: string, section: Readonly<Record<string, unknown>> = {}): Promise<DemoStack> {
  const [orthancPort, servicePort] = [await freePort(), await freePort()]
  const [username, password, token] = ['lung-triage', randomBytes(18).toString('hex'), randomBytes(24).toString('hex')]
  const server = { Username: username, Password: '${LUNG_TRIAGE_ORTHANC_PASSWORD}' }
  const orthanc = await startOrthanc({
    dir: join(dir, 'orthanc'),
    httpPort: orthancPort,
    users: { [username]: password },
    configuration: {
      StableAge: stableAgeSeconds,
      LungTriage: {
        StateDir: join(dir, 'state'),
        Orthanc: { Url: `http://127.0.0.1:${orthancPort}`, ...server },
        DicomWeb: { Url: `http://127.0.0.1:${orthancPort}/dicom-web`, ...server },
        Intake: { PollSeconds: 0.5 },
        Http: { Port: servicePort, Token: '${LUNG_TRIAGE_TOKEN}' },
        ...section,
      },
    },
  })
  const credentials = { kind: 'basic', username, password } as const
  const logFile = join(dir, 'service.log')
  return {
    orthanc,
    orthancApi: httpService({ name: 'Orthanc', url: orthanc.url, credentials }),
    dicomWeb: httpService({ name: "Orthanc's DICOMweb", url: orthanc.dicomWebUrl, credentials }),
    serviceApi: httpService({
      name: 'the service',
      url: `http://127.0.0.1:${servicePort}`,
      credentials: { kind: 'bearer', token },
    }),
    logFile,
    startService: (environment = {}) =>
      startServiceProcess({
        orthancConfigurationDir: orthanc.configurationDir,
        secrets: { ...environment, LUNG_TRIAGE_ORTHANC_PASSWORD: password, LUNG_TRIAGE_TOKEN: token },
        logFile,
      }),
  }
}
