import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { forWrongFormat } from '../derived/wrong-value.ts'
import { caFileOf, httpUrl } from './connection.ts'

/** An absolute URI without the characters that separate search tokens. */
const identifierSystem = z
  .string()
  .regex(/^[A-Za-z][A-Za-z0-9+.-]*:[^\s|\\,$]+$/, { error: forWrongFormat('must be a URI, for example urn:oid:1.2.3') })

const issuerSystem = z.strictObject({ Issuer: z.string().min(1), System: identifierSystem })

function namesEachIssuerOnce(systems: readonly { readonly Issuer: string }[]): boolean {
  return new Set(systems.map(({ Issuer }) => Issuer)).size === systems.length
}

const namedTwice = { error: 'names an issuer twice; keep one System for each' }

export const fhir = section({
  Url: setting(httpUrl.optional(), {
    description:
      'Base URL of a FHIR R4 server. Without it, the service keeps the resources and serves them read-only at /fhir.',
    takesEffect: 'restart',
    probe: 'fhir',
  }),
  Token: setting(z.string().optional(), {
    description: 'Bearer token for the FHIR server. Set it through ${ENV}.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  CaFile: caFileOf('the FHIR server'),
  PatientIdentifierSystem: setting(z.string().default('urn:lung-triage:patient-id'), {
    description: 'System of Patient.identifier, whose value is the DICOM Patient ID, for images without an issuer.',
    takesEffect: 'restart',
  }),
  PatientIdentifierSystems: setting(z.array(issuerSystem).default([]).refine(namesEachIssuerOnce, namedTwice), {
    description:
      'System for the Patient IDs of each issuer, named by its Universal Entity ID, or by Issuer of Patient ID if the image has no universal one. Other issuers get their `urn:oid:`, `urn:uuid:` or URI, or a system made of PatientIdentifierSystem and their name.',
    takesEffect: 'restart',
  }),
  AccessionIdentifierSystem: setting(z.string().default('urn:lung-triage:accession-number'), {
    description: 'System of the accession number in ServiceRequest and ImagingStudy identifiers.',
    takesEffect: 'restart',
  }),
  Task: setting(z.boolean().default(false), {
    description: 'Also write an urgent Task to read the study if the finding is "present".',
    takesEffect: 'live',
  }),
  AuditEvents: setting(z.boolean().default(false), {
    description:
      'Also send the audit log to the FHIR server at Url as AuditEvents. The service always serves them at /fhir.',
    takesEffect: 'restart',
  }),
}).refine((value) => !value.AuditEvents || value.Url !== undefined, {
  path: ['AuditEvents'],
  error: 'has no effect without Url; set Url or remove it',
})
