import type { RequestHandler } from 'express'
import { z } from 'zod'
import { uidSchema } from '../../dicom/uid.ts'
import { dicomUidSystem } from '../../report/fhir/identifier.ts'
import type { ApiOptions } from './api-routes.ts'
import { actionNumber, auditEvent } from '../../service/observe/audit-event.ts'
import { searchBundle, sendFhir, sendOutcome } from './fhir-answers.ts'
import { type DateSearch, parseDateSearch } from '../../service/store/fhir-date.ts'
import { requireActor } from '../access/http-access.ts'
import { type Route, get } from './route.ts'
import type { ActionSearch } from '../../service/store/store.ts'

/** No search by patient: our AuditEvents name no patient. */
export const auditSearchParameters = [
  { name: 'date', type: 'date' },
  {
    name: 'entity',
    type: 'reference',
    documentation: 'The study, as entity:identifier=urn:dicom:uid|urn:oid:UID or entity=urn:oid:UID',
  },
] as const

const text = z.string().min(1).max(300)
const date = text.transform((written, context): DateSearch => {
  const search = parseDateSearch(written)
  if (search !== undefined) return search
  context.addIssue('not a valid FHIR date search')
  return z.NEVER
})
const study = (form: RegExp) =>
  z
    .string()
    .regex(form)
    .transform((written) => written.slice(written.indexOf('urn:oid:') + 'urn:oid:'.length))
    .pipe(uidSchema)

/** Unknown parameters are refused. Ignoring one would return every event. */
const searchQuery = z.strictObject({
  date: z.union([date.transform((one) => [one]), z.array(date)]).default([]),
  entity: study(/^urn:oid:/).optional(),
  'entity:identifier': study(new RegExp(`^(${dicomUidSystem}\\|)?urn:oid:`)).optional(),
  _count: z.coerce.number().int().min(0).max(500).default(100),
  _offset: z.coerce.number().int().min(0).default(0),
})

/** The action log as FHIR R4 AuditEvents, read-only, oldest first. */
export function auditEventRoutes(options: ApiOptions): readonly Route[] {
  return [get('/fhir/AuditEvent', search(options)), get('/fhir/AuditEvent/:id', read(options))]
}

function search({ store }: ApiOptions): RequestHandler {
  return (request, response) => {
    const query = searchQuery.safeParse(request.query)
    if (!query.success) {
      sendOutcome(response, 400, 'invalid', z.prettifyError(query.error))
      return
    }
    const { date: dates, _count: count, _offset: offset, entity, 'entity:identifier': identified } = query.data
    const asked: ActionSearch = { studyInstanceUid: entity ?? identified, dates }
    const resources = store.actions.find(asked, { offset, limit: count }).map(auditEvent)
    sendFhir(response, 200, searchBundle(request, { count, offset, total: store.actions.count(asked), resources }))
  }
}

function read({ store, access, clock }: ApiOptions): RequestHandler {
  return (request, response) => {
    const id = String(request.params['id'])
    const number = actionNumber(id)
    const logged = number === undefined ? undefined : store.actions.get(number)
    const event = logged && auditEvent(logged)
    if (event?.id !== id) {
      sendOutcome(response, 404, 'not-found', 'Resource not found.')
      return
    }
    const actor = requireActor(request, access)
    store.actions.record({ at: clock.now(), actor, action: 'read-resource', studyInstanceUid: undefined })
    sendFhir(response, 200, event)
  }
}
