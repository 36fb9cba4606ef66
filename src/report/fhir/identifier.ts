import { createHash } from 'node:crypto'
import type { FhirBundle, FhirResource } from '../result-objects.ts'

/** The parts of a FHIR identifier that we write. */
export interface FhirIdentifier {
  readonly system: string
  readonly value: string
}

export type FhirEntry = FhirBundle['entry'][number]

/** Identifier system of DICOM objects, whose values are `urn:oid:` and the UID (R4 imagingstudy.html). */
export const dicomUidSystem = 'urn:dicom:uid'
/** Identifier system of results. The values derive from the result key. */
export const resultSystem = 'urn:lung-triage:result'
/** Namespace of our name-based UUIDs (RFC 9562 5.5), generated once. */
const uuidNamespace = '0c4be10a2f5f4b7c9d0bb2c3a1f7e615'

export function dicomUidIdentifier(uid: string): FhirIdentifier {
  return { system: dicomUidSystem, value: `urn:oid:${uid}` }
}

/** @param part the resource of the result, for example `observation-1` */
export function resultIdentifier(resultKey: string, part: string): FhirIdentifier {
  return { system: resultSystem, value: `${resultKey}.${part}` }
}

/** A reference inside a bundle, which the server replaces by the real one. The same arguments give the same URL. */
export function uuidUrl(resultKey: string, part: string): string {
  const hash = createHash('sha1').update(Buffer.from(uuidNamespace, 'hex')).update(`${resultKey}.${part}`).digest()
  hash[6] = (hash[6]! & 0x0f) | 0x50
  hash[8] = (hash[8]! & 0x3f) | 0x80
  const hex = hash.toString('hex')
  const groups = [hex.slice(0, 8), hex.slice(8, 12), hex.slice(12, 16), hex.slice(16, 20), hex.slice(20, 32)]
  return `urn:uuid:${groups.join('-')}`
}

/** Our own resource: rewritten each time and found by its identifier (http.html#cond-update). */
export function ownEntry(fullUrl: string, resource: FhirResource, identifier: FhirIdentifier): FhirEntry {
  return { fullUrl, resource, request: { method: 'PUT', url: `${resource.resourceType}?${condition(identifier)}` } }
}

/** A shared resource: created only if the server does not have it (http.html#ccreate). */
export function sharedEntry(fullUrl: string, resource: FhirResource, identifier: FhirIdentifier): FhirEntry {
  return {
    fullUrl,
    resource,
    request: { method: 'POST', url: resource.resourceType, ifNoneExist: condition(identifier) },
  }
}

/** Token search; `|`, `,`, `$` and the backslash inside a part are escaped (search.html#escaping). */
function condition({ system, value }: FhirIdentifier): string {
  const [escapedSystem, escapedValue] = [system, value].map((part) => part.replace(/[\\|,$]/g, '\\$&'))
  return `identifier=${encodeURIComponent(`${escapedSystem}|${escapedValue}`)}`
}
