import { createHash } from 'node:crypto'
import type { StoredFhirResource } from '../../deliver/embedded-fhir.ts'
import { dicomUidIdentifier } from '../../report/fhir/identifier.ts'
import type { Actor } from '../../web/access/access.ts'
import type { Action, LoggedAction } from '../store/store.ts'

interface Coding {
  readonly system: string
  readonly code: string
  readonly display: string
}

const terminology = 'http://terminology.hl7.org/CodeSystem'
const dicomCode = (code: string, display: string): Coding => ({
  system: 'http://dicom.nema.org/resources/ontology/DCM',
  code,
  display,
})
const procedureRecord = dicomCode('110111', 'Procedure Record')
const restfulOperation = { system: `${terminology}/audit-event-type`, code: 'rest', display: 'RESTful Operation' }

/** Event type (PS3.15 A.5, R4 valueset-audit-event-type) and operation (create, read, update, execute) per action. */
const kinds: Readonly<Record<Action['action'], { readonly type: Coding; readonly action: 'C' | 'R' | 'U' | 'E' }>> = {
  'sign-in': { type: dicomCode('110114', 'User Authentication'), action: 'E' },
  submit: { type: procedureRecord, action: 'C' },
  retry: { type: procedureRecord, action: 'U' },
  'retry-delivery': { type: procedureRecord, action: 'U' },
  'acknowledge-delivery': { type: procedureRecord, action: 'U' },
  cancel: { type: procedureRecord, action: 'U' },
  feedback: { type: procedureRecord, action: 'U' },
  'decide-identity': { type: procedureRecord, action: 'U' },
  'view-picture': { type: dicomCode('110103', 'DICOM Instances Accessed'), action: 'R' },
  'read-resource': { type: restfulOperation, action: 'R' },
  retract: {
    type: {
      system: `${terminology}/iso-21089-lifecycle`,
      code: 'deprecate',
      display: 'Deprecate Record Lifecycle Event',
    },
    action: 'U',
  },
}

/** System of our own action names, which are more specific than the standard codes. */
const actionSystem = 'urn:lung-triage:action'
/** System of Orthanc's user names. */
const orthancUserSystem = 'urn:lung-triage:orthanc-user'
const actorSystem = 'urn:lung-triage:actor'

/**
 * An action as a FHIR R4 AuditEvent (https://hl7.org/fhir/R4/auditevent.html): who, what, when, and on which study. It
 * holds no patient data.
 */
export function auditEvent(logged: LoggedAction): StoredFhirResource {
  const { at, actor, action, studyInstanceUid } = logged
  const { type, action: verb } = kinds[action]
  return {
    resourceType: 'AuditEvent',
    id: auditEventId(logged),
    type,
    subtype: [{ system: actionSystem, code: action }],
    action: verb,
    recorded: at.toISOString(),
    outcome: '0',
    agent: [agentOf(actor)],
    source: {
      observer: { display: 'Lung Triage' },
      type: [{ system: `${terminology}/security-source-type`, code: '4', display: 'Application Server' }],
    },
    ...(studyInstanceUid !== undefined && { entity: [studyEntity(studyInstanceUid)] }),
  }
}

/**
 * A UUID of version 8 (RFC 9562 5.8), because some servers accept only UUIDs as ids. It consists of the action's
 * number, which `actionNumber` reads, and a hash of the action, so that two services on one server do not overwrite
 * each other.
 */
function auditEventId({ number, at, actor, action, studyInstanceUid = '' }: LoggedAction): string {
  const fields = [String(number), at.toISOString(), actor, action, studyInstanceUid]
  const hash = createHash('sha256').update(JSON.stringify(fields)).digest('hex')
  const place = number.toString(16).padStart(12, '0')
  return [place.slice(0, 8), place.slice(8), `8${hash.slice(0, 3)}`, `8${hash.slice(3, 6)}`, hash.slice(6, 18)].join(
    '-',
  )
}

/** The action's number in the id of an AuditEvent; undefined if the id has a different form. */
export function actionNumber(id: string): number | undefined {
  const [, high = '', low = ''] = /^([0-9a-f]{8})-([0-9a-f]{4})-8[0-9a-f]{3}-8[0-9a-f]{3}-[0-9a-f]{12}$/.exec(id) ?? []
  return high === '' ? undefined : Number.parseInt(`${high}${low}`, 16)
}

/** Only Orthanc's own login provides a name. The holder of a token or session is anonymous. */
function agentOf(actor: Actor): Readonly<Record<string, unknown>> {
  const isUser = actor.startsWith('orthanc:')
  const identifier = isUser
    ? { system: orthancUserSystem, value: actor.slice('orthanc:'.length) }
    : { system: actorSystem, value: actor }
  const role = actor === 'session' || isUser ? 'humanuser' : 'dataprocessor'
  return {
    type: { coding: [{ system: `${terminology}/extra-security-role-type`, code: role }] },
    who: { identifier },
    altId: identifier.value,
    requestor: true,
  }
}

function studyEntity(studyInstanceUid: string): Readonly<Record<string, unknown>> {
  return {
    what: { type: 'ImagingStudy', identifier: dicomUidIdentifier(studyInstanceUid) },
    type: { system: `${terminology}/audit-entity-type`, code: '2', display: 'System Object' },
    role: { system: `${terminology}/object-role`, code: '3', display: 'Report' },
  }
}
