import type { MllpReceiver } from '../deliver/mllp.ts'
import { type HttpService, credentialsOf, httpService } from './http/http-service.ts'
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

export function serversOf({ Orthanc, DicomWeb, Fhir, Hl7 }: Settings): Servers {
  const fhirUrl = Fhir.Url
  return {
    orthanc: Orthanc && httpService({ name: 'Orthanc', url: Orthanc.Url, credentials: credentialsOf(Orthanc) }),
    dicomWeb: httpService({ name: 'the DICOMweb server', url: DicomWeb.Url, credentials: credentialsOf(DicomWeb) }),
    fhir:
      fhirUrl === undefined
        ? undefined
        : httpService({ name: 'the FHIR server', url: fhirUrl, credentials: credentialsOf(Fhir) }),
    hl7: Hl7 && { host: Hl7.Host, port: Hl7.Port, transport: Hl7.Tls ? 'tls' : 'tcp', timeoutMs: Hl7.TimeoutMs },
  }
}
