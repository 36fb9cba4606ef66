import { OrthancClient } from '../../clients/orthanc-client.ts'
import { OrthancModalities } from '../../clients/orthanc-modalities.ts'
import { askForCapabilities, askForOneStudy } from '../../clients/probes.ts'
import type { Servers } from '../../clients/servers.ts'
import { modalityUnknown } from '../../deliver/errors.ts'

/** Servers that the settings name. */
export type ServerProbe = 'orthanc' | 'orthanc-modality' | 'dicomweb' | 'fhir' | 'redis' | 'hl7'

export interface ServersAsked {
  readonly servers: Servers
  readonly redisTimeoutMs: number
}

export interface Probe<Asked> {
  /** What a successful probe proves, for docs/settings.md. */
  readonly checks: string
  /** Sends a harmless request; rejects with the problem. */
  readonly ask: (value: string, asked: Asked) => Promise<unknown>
}

interface ServerAsk extends Probe<ServersAsked> {
  /** Name in /health/ready and the log, if the service is not ready without it. */
  readonly dependency?: string
}

/**
 * Check the servers that the settings name, in the order of /health/ready. The Redis and HL7 clients are loaded only
 * when needed, so that `check-config` starts quickly.
 */
export const serverProbes: Readonly<Record<ServerProbe, ServerAsk>> = {
  orthanc: {
    checks: 'Orthanc answers',
    dependency: 'Orthanc',
    ask: async (_url, { servers: { orthanc } }) => orthanc && new OrthancClient(orthanc).system(),
  },
  dicomweb: {
    checks: 'the DICOMweb server answers',
    dependency: 'DICOMweb server',
    ask: (_url, { servers: { dicomWeb } }) => askForOneStudy(dicomWeb),
  },
  fhir: {
    checks: 'the FHIR server answers',
    dependency: 'FHIR server',
    ask: async (_url, { servers: { fhir } }) => fhir && askForCapabilities(fhir),
  },
  redis: {
    checks: 'Redis answers and does not evict keys',
    dependency: 'Redis',
    ask: async (url, { redisTimeoutMs }) => {
      const { probeRedis } = await import('../../service/cluster/redis-connection.ts')
      await probeRedis(url, redisTimeoutMs)
    },
  },
  hl7: {
    checks: 'the receiver accepts a connection',
    ask: async (_host, { servers: { hl7 } }) => {
      if (hl7 === undefined) return
      const { reachReceiver } = await import('../../deliver/mllp.ts')
      await reachReceiver(hl7)
    },
  },
  'orthanc-modality': {
    checks: 'Orthanc has a modality of that name',
    ask: async (modality, { servers: { orthanc } }) => {
      if (orthanc === undefined) return
      if (!(await new OrthancModalities(orthanc).names()).includes(modality)) throw modalityUnknown(modality)
    },
  },
}
