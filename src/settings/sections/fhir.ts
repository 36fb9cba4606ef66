import { z } from 'zod'
import { section, setting } from '../setting.ts'
import { caFileOf, httpUrl } from './connection.ts'

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
    description: 'System of Patient.identifier, whose value is the DICOM Patient ID.',
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
