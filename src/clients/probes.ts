import { exchange } from './http/exchange.ts'
import type { HttpService } from './http/http-service.ts'

/** Any study: a DICOMweb server has no address of its own for whether it works. */
export function askForOneStudy(dicomWeb: HttpService): Promise<unknown> {
  const request = { path: '/studies?limit=1', accept: 'application/dicom+json', maxBytes: 2 ** 20 }
  return exchange(dicomWeb, { ...request, method: 'GET', effect: 'read' })
}

/** The CapabilityStatement, which every FHIR server gives (http.html#capabilities). */
export function askForCapabilities(fhir: HttpService): Promise<unknown> {
  const request = { path: '/metadata', accept: 'application/fhir+json', maxBytes: 16 * 2 ** 20 }
  return exchange(fhir, { ...request, method: 'GET', effect: 'read' })
}
