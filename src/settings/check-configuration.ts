import { dirname } from 'node:path'
import { access } from 'node:fs/promises'
import { reachReceiver } from '../deliver/mllp.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { modalityUnknown } from '../deliver/errors.ts'
import { OrthancModalities } from '../clients/orthanc-modalities.ts'
import { OrthancClient } from '../clients/orthanc-client.ts'
import { loadModelFolder, modelDir } from '../analyse/model-folder.ts'
import { askForCapabilities, askForOneStudy } from '../clients/probes.ts'
import { serversOf } from '../clients/servers.ts'
import { probeRedis } from '../service/cluster/redis-connection.ts'
import { readOwnCertificate, requireUnexpired } from '../web/own-certificate.ts'
import { findUnreachable } from './reachability.ts'
import type { ConfigurationProblem } from './orthanc-configuration.ts'
import { readSettings } from './read-settings.ts'
import type { Settings } from './settings.ts'

/**
 * Everything wrong with a configuration: its files, its settings, and what they name outside (addresses, model, files).
 * @throws CONFIGURATION_UNREADABLE when there is no such file or folder
 */
export async function configurationProblems(
  fileOrFolder: string,
  environment: Readonly<Record<string, string | undefined>>,
  now: Date,
): Promise<readonly ConfigurationProblem[]> {
  const reading = await readSettings(fileOrFolder, environment)
  if (reading.kind === 'invalid') return reading.problems
  const { settings } = reading
  return findUnreachable([...addressesOf(settings), ...filesOf(settings, now)])
}

/** A person waits for the answer. */
const timeoutMs = 5000

interface Probe {
  readonly path: string
  readonly probe: () => Promise<unknown>
}

function addressesOf(settings: Settings): Probe[] {
  const { orthanc, dicomWeb, fhir, hl7 } = serversOf(settings)
  const { RedisUrl: redisUrl } = settings.Queue
  return [
    ...(orthanc === undefined ? [] : orthancProbes(settings, { ...orthanc, timeoutMs })),
    { path: 'LungTriage.DicomWeb.Url', probe: () => askForOneStudy({ ...dicomWeb, timeoutMs }) },
    ...(fhir === undefined
      ? []
      : [{ path: 'LungTriage.Fhir.Url', probe: () => askForCapabilities({ ...fhir, timeoutMs }) }]),
    ...(hl7 === undefined ? [] : [{ path: 'LungTriage.Hl7.Host', probe: () => reachReceiver({ ...hl7, timeoutMs }) }]),
    ...(redisUrl === undefined
      ? []
      : [{ path: 'LungTriage.Queue.RedisUrl', probe: () => probeRedis(redisUrl, timeoutMs) }]),
  ]
}

function orthancProbes({ Results }: Settings, orthanc: HttpService): Probe[] {
  const client = new OrthancClient(orthanc)
  const modalities = new OrthancModalities(orthanc)
  return [
    { path: 'LungTriage.Orthanc.Url', probe: () => client.system() },
    ...Results.SendTo.map((modality, index) => ({
      path: `LungTriage.Results.SendTo.${index}`,
      probe: async () => {
        if (!(await modalities.names()).includes(modality)) throw modalityUnknown(modality)
      },
    })),
  ]
}

function filesOf(settings: Settings, now: Date): Probe[] {
  const caFile = (path: string, file: string | undefined) =>
    file === undefined ? [] : [{ path, probe: () => access(file) }]
  return [
    { path: 'LungTriage.Model', probe: () => loadModelFolder(modelDir(settings.Model)) },
    { path: 'LungTriage.StateDir', probe: () => access(dirname(settings.StateDir)) },
    ...caFile('LungTriage.DicomWeb.CaFile', settings.DicomWeb.CaFile),
    ...caFile('LungTriage.Fhir.CaFile', settings.Fhir.CaFile),
    ...caFile('LungTriage.Hl7.CaFile', settings.Hl7?.CaFile),
    ...caFile('LungTriage.Plugin.CaFile', settings.Plugin.CaFile),
    ...certificateOf(settings, now),
  ]
}

function certificateOf({ Http }: Settings, now: Date): Probe[] {
  const { Tls } = Http
  if (Tls === undefined) return []
  const probe = async (): Promise<void> => {
    requireUnexpired(Tls, await readOwnCertificate(Tls), now)
  }
  return [{ path: 'LungTriage.Http.Tls', probe }]
}
