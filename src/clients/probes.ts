import { exchange } from './http/exchange.ts'
import type { HttpService } from './http/http-service.ts'

/** Searches for any one study, because DICOMweb defines no health check. */
export function askForOneStudy(dicomWeb: HttpService): Promise<unknown> {
  const request = { path: '/studies?limit=1', accept: 'application/dicom+json', maxBytes: 2 ** 20 }
  return exchange(dicomWeb, { ...request, method: 'GET', effect: 'read' })
}

/** Requests the CapabilityStatement, which every FHIR server provides (http.html#capabilities). */
export function askForCapabilities(fhir: HttpService): Promise<unknown> {
  const request = { path: '/metadata', accept: 'application/fhir+json', maxBytes: 16 * 2 ** 20 }
  return exchange(fhir, { ...request, method: 'GET', effect: 'read' })
}
