import type { PatientIdIssuer } from '../../dicom/patient-identity.ts'

/** The identifier systems of Patient IDs. */
export interface IssuerSystems {
  /** System of Patient IDs without an issuer. */
  readonly patientIdentifierSystem: string
  /** Systems that the hospital set, by Issuer of Patient ID or Universal Entity ID. */
  readonly patientIdentifierSystems: ReadonlyMap<string, string>
}

/**
 * The identifier system of the Patient IDs of an issuer. Servers match a patient by system and value alone, so two
 * issuers share a system only if the hospital sets the same one for both. A universal identifier decides alone, because
 * two issuers may have the same local name.
 */
export function systemOfIssuer(issuer: PatientIdIssuer | undefined, systems: IssuerSystems): string {
  const { patientIdentifierSystem: own, patientIdentifierSystems: set } = systems
  if (issuer === undefined) return own
  const { namespace = '', universal } = issuer
  if (universal === undefined) return set.get(namespace) ?? derived(own, [namespace])
  return set.get(universal.id) ?? uriOf(universal, own) ?? derived(own, [universal.type, universal.id])
}

/** The characters of a URI (RFC 3986, 2), without those that separate the parts of a search token. */
const absoluteUri = /^[a-z][a-z0-9+.-]*:[\w.~:/?#[\]@!&'()*+;=%-]+$/i

/** The identifier as the URI that FHIR uses as a system (R4 datatypes.html#oid, #uuid); never one that we derive. */
function uriOf({ id, type }: NonNullable<PatientIdIssuer['universal']>, own: string): string | undefined {
  if (type === 'ISO' && /^[0-2](\.(0|[1-9]\d*))+$/.test(id)) return `urn:oid:${id}`
  if (type === 'UUID' && /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(id)) return `urn:uuid:${id.toLowerCase()}`
  return type === 'URI' && absoluteUri.test(id) && !id.startsWith(derived(own, [])) ? id : undefined
}

/** A system below that of the hospital. The separators inside a part are percent-encoded, so no two are equal. */
function derived(own: string, parts: readonly string[]): string {
  const separator = own.includes('://') ? '/' : ':'
  return `${extensible(own)}${separator}${parts.map(encodeURIComponent).join(separator)}`
}

/** An OID or a UUID cannot be extended, so it moves into a namespace of this program. */
function extensible(own: string): string {
  return /^urn:(oid|uuid):/i.test(own) ? own.replace(/^urn:/i, 'urn:lung-triage:') : own
}
