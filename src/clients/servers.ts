import type { MllpReceiver } from '../deliver/mllp.ts'
import { type HttpService, type Login, credentialsOf, httpService } from './http/http-service.ts'
import type { Settings } from '../settings/settings.ts'

/** The servers in the settings. */
export interface Servers {
  /** Undefined if the archive is not Orthanc. */
  readonly orthanc: HttpService | undefined
  readonly dicomWeb: HttpService
  /** Undefined if the service stores the resources itself. */
  readonly fhir: HttpService | undefined
  /** Undefined if HL7 v2 is not used. */
  readonly hl7: MllpReceiver | undefined
}

/** @param timeoutMs replaces every server's own time limit, for a caller who cannot wait */
export function serversOf({ Orthanc, DicomWeb, Fhir, Hl7 }: Settings, timeoutMs?: number): Servers {
  const http = (name: string, url: string, login: Login): HttpService =>
    httpService({ name, url, credentials: credentialsOf(login), ...(timeoutMs !== undefined && { timeoutMs }) })
  return {
    orthanc: Orthanc && http('Orthanc', Orthanc.Url, Orthanc),
    dicomWeb: http('the DICOMweb server', DicomWeb.Url, DicomWeb),
    fhir: Fhir.Url === undefined ? undefined : http('the FHIR server', Fhir.Url, Fhir),
    hl7: Hl7 && {
      host: Hl7.Host,
      port: Hl7.Port,
      transport: Hl7.Tls ? 'tls' : 'tcp',
      timeoutMs: timeoutMs ?? Hl7.TimeoutMs,
    },
  }
}
