import type { OrthancClient } from '../../clients/orthanc-client.ts'
import type { Dependency } from '../../web/routes/health-routes.ts'
import type { Queue } from '../queue/queue.ts'
import { probeRedis } from '../cluster/redis-connection.ts'
import type { Store } from '../store/store.ts'
import type { Settings } from '../../settings/settings.ts'
import { askForCapabilities, askForOneStudy } from '../../clients/probes.ts'
import type { Servers } from '../../clients/servers.ts'

/** What must answer for the service to be ready. */
export function dependenciesOf({ dicomWeb, fhir }: Servers, orthanc: OrthancClient | undefined): Dependency[] {
  const archive = [
    ...(orthanc === undefined ? [] : [{ name: 'Orthanc', probe: () => orthanc.system() }]),
    { name: 'DICOMweb server', probe: () => askForOneStudy(dicomWeb) },
  ]
  if (fhir === undefined) return archive
  return [...archive, { name: 'FHIR server', probe: () => askForCapabilities(fhir) }]
}

/** A disk that is full or gone shows here. */
export function ownParts(store: Store, queue: Queue): Dependency[] {
  return [
    { name: 'State', probe: () => Promise.resolve(store.studies.countByState()) },
    { name: 'Queue', probe: () => queue.job('0') },
  ]
}

export function redisDependency({ Queue }: Settings): Dependency[] {
  const { RedisUrl: url } = Queue
  return url === undefined ? [] : [{ name: 'Redis', probe: () => probeRedis(url, redisTimeoutMs) }]
}

const redisTimeoutMs = 4000
