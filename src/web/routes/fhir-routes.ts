import type { RequestHandler } from 'express'
import { z } from 'zod'
import { requireActor } from '../access/http-access.ts'
import type { ApiOptions } from './api-routes.ts'
import { auditSearchParameters } from './audit-event-routes.ts'
import { searchBundle, sendFhir, sendOutcome } from './fhir-answers.ts'
import { type DateSearch, matchesDate, parseDateSearch } from '../../service/store/fhir-date.ts'
import { type FhirKey, identifierToken } from '../../service/store/fhir-search.ts'
import { type Route, get } from './route.ts'
import type { FhirResourceStore } from '../../service/store/store.ts'

/** Resource types of our results. */
const resourceTypes = [
  'Device',
  'DiagnosticReport',
  'ImagingStudy',
  'Observation',
  'Patient',
  'Provenance',
  'ServiceRequest',
  'Task',
] as const

const searchParameters = [
  { name: '_id', type: 'token' },
  { name: 'identifier', type: 'token' },
  { name: 'patient', type: 'reference' },
  { name: 'subject', type: 'reference' },
  { name: 'patient.identifier', type: 'token' },
  { name: 'study', type: 'reference', documentation: 'DiagnosticReport.imagingStudy (parameter name of FHIR R5)' },
  { name: 'date', type: 'date' },
] as const

const text = z.string().min(1).max(300)
const resourceType = z.enum(resourceTypes)

/** Unknown parameters are refused. Ignoring one would return the reports of all patients. */
const searchQuery = z.strictObject({
  _id: text.optional(),
  identifier: text.optional(),
  patient: text.optional(),
  subject: text.optional(),
  'patient.identifier': text.optional(),
  study: text.optional(),
  date: z.union([text.transform((one) => [one]), z.array(text)]).optional(),
  _count: z.coerce.number().int().min(0).max(500).default(100),
  _offset: z.coerce.number().int().min(0).default(0),
})

type SearchQuery = z.output<typeof searchQuery>

/** FHIR R4, read-only: https://hl7.org/fhir/R4/http.html */
export function fhirRoutes(options: ApiOptions): readonly Route[] {
  return [
    get('/fhir/metadata', capabilities(options)),
    get('/fhir/:type', search(options.store.fhir)),
    get('/fhir/:type/:id', read(options)),
  ]
}

function capabilities({ clock }: ApiOptions): RequestHandler {
  return (_request, response) => {
    sendFhir(response, 200, {
      resourceType: 'CapabilityStatement',
      status: 'active',
      date: clock.now().toISOString(),
      kind: 'instance',
      software: { name: 'Lung Triage' },
      implementation: { description: 'Results of Lung Triage, read-only. Not for diagnostic use.' },
      fhirVersion: '4.0.1',
      format: ['json'],
      rest: [
        {
          mode: 'server',
          resource: [
            resourceStatement('AuditEvent', auditSearchParameters),
            ...resourceTypes.map((type) => resourceStatement(type, searchParameters)),
          ],
        },
      ],
    })
  }
}

function resourceStatement(type: string, searchParam: readonly object[]) {
  return { type, interaction: [{ code: 'read' }, { code: 'search-type' }], searchParam }
}

function read({ store, access, clock }: ApiOptions): RequestHandler {
  return (request, response) => {
    const type = resourceType.safeParse(request.params['type'])
    const resource = type.success ? store.fhir.get(type.data, String(request.params['id'])) : undefined
    if (resource === undefined) {
      sendOutcome(response, 404, 'not-found', 'Resource not found.')
      return
    }
    const actor = requireActor(request, access)
    store.actions.record({ at: clock.now(), actor, action: 'read-resource', studyInstanceUid: undefined })
    sendFhir(response, 200, resource)
  }
}

function search(store: FhirResourceStore): RequestHandler {
  return (request, response) => {
    const type = resourceType.safeParse(request.params['type'])
    if (!type.success) {
      sendOutcome(response, 404, 'not-supported', 'Resource type not supported.')
      return
    }
    const query = searchQuery.safeParse(request.query)
    const dates = query.success ? (query.data.date ?? []).map(parseDateSearch) : []
    if (!query.success || dates.includes(undefined)) {
      const problem = query.success ? 'date: not a valid FHIR date search' : z.prettifyError(query.error)
      sendOutcome(response, 400, 'invalid', problem)
      return
    }
    const found = store
      .find(type.data, searchedKeys(query.data, store))
      .filter(({ id }) => query.data._id === undefined || query.data._id === id)
      .filter((resource) => dates.every((date) => matchesDate(resource, date as DateSearch)))
    const { _count: count, _offset: offset } = query.data
    const resources = found.slice(offset, offset + count)
    sendFhir(response, 200, searchBundle(request, { count, offset, total: found.length, resources }))
  }
}

function searchedKeys(query: SearchQuery, store: FhirResourceStore): FhirKey[] {
  const { identifier, study } = query
  const patients = [query.patient, query.subject].flatMap((asked) => (asked === undefined ? [] : [asked]))
  return [
    ...(identifier === undefined ? [] : [identifierKey(identifier)]),
    ...patients.map((asked): FhirKey => ({ parameter: 'patient', values: references('Patient', asked) })),
    ...(study === undefined ? [] : [{ parameter: 'study', values: references('ImagingStudy', study) } as const]),
    ...patientIdentifierKeys(query['patient.identifier'], store),
  ]
}

/** `patient.identifier` finds Patient resources and also subjects that a report names by identifier only. */
function patientIdentifierKeys(token: string | undefined, store: FhirResourceStore): FhirKey[] {
  if (token === undefined) return []
  const patients = store.find('Patient', [identifierKey(token)]).map(({ id }) => `Patient/${id}`)
  return [{ parameter: 'patient-or-identifier', values: [...patients, token] }]
}

/** `system|value`; `|value` for an identifier without a system; `value` for any system. */
function identifierKey(token: string): FhirKey {
  const bar = token.indexOf('|')
  if (bar < 0) return { parameter: 'identifier-value', values: [token] }
  const system = token.slice(0, bar)
  return { parameter: 'identifier', values: [identifierToken({ system, value: token.slice(bar + 1) })] }
}

function references(type: string, asked: string): string[] {
  return [asked.includes('/') ? asked : `${type}/${asked}`]
}
