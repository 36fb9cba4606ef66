import type { Hl7Segment } from '@medplum/core'
import type { Prediction } from '../../classify/prediction.ts'
import { accessionNumberOf } from '../../dicom/identifying-text.ts'
import { type PatientIdIssuer, patientIdentityOf } from '../../dicom/patient-identity.ts'
import { codes } from '../codes.ts'
import { sourceOffset } from '../../dicom/date-and-time.ts'
import { studyDate } from '../fhir/imaging-study.ts'
import { codedField, field, headerSegment, messageText, repeatedField, segment, timeStamp } from './fields.ts'
import { observationSegments } from './observations.ts'
import { type WrittenName, patientNames } from '../patient-names.ts'
import type { OruMessage } from '../result-objects.ts'
import { dateOf, sexOf, timeOf } from '../source-attributes.ts'
import { notForDiagnosticUse } from '../wording.ts'

/** Sender and receiver of the message (MSH-3 to MSH-6). */
export interface Hl7Parties {
  readonly sendingApplication: string
  readonly sendingFacility: string
  readonly receivingApplication: string
  readonly receivingFacility: string
}

/**
 * The finding on a study as an unsolicited observation message, ORU^R01 of HL7 2.5.1, in UTF-8. The same arguments give
 * the same bytes. A receiver recognises a duplicate by its control ID.
 * @param resultKey the identity of the result, from which the control ID derives
 */
export function oruMessage(prediction: Prediction, resultKey: string, parties: Hl7Parties): OruMessage {
  const controlId = controlIdOf(resultKey)
  const analysedAt = timeStamp(prediction.analysedAt, prediction.source)
  const segments = [
    header(controlId, analysedAt, parties),
    ...patientSegments(prediction),
    requestSegment(prediction, { controlId, analysedAt, parties }),
    segment('NTE', { 1: field('1'), 2: field('L'), 3: field(`${notForDiagnosticUse}. Not verified by a physician.`) }),
    ...observationSegments(prediction, analysedAt, prediction.supersedes && controlIdOf(prediction.supersedes)),
  ]
  return { controlId, bytes: new TextEncoder().encode(messageText(segments)) }
}

/** Message Control ID: 80 bits of the key, because MSH-10 holds 20 characters. */
function controlIdOf(resultKey: string): string {
  return resultKey.slice(0, 20).toUpperCase()
}

function header(controlId: string, analysedAt: string, parties: Hl7Parties): Hl7Segment {
  return headerSegment({
    3: field(parties.sendingApplication),
    4: field(parties.sendingFacility),
    5: field(parties.receivingApplication),
    6: field(parties.receivingFacility),
    7: field(analysedAt),
    9: field('ORU', 'R01', 'ORU_R01'),
    10: field(controlId),
    11: field('P'),
    12: field('2.5.1'),
    18: field('UNICODE UTF-8'),
  })
}

/** PID, identified by Patient ID and issuer. Omitted without an ID: PID-3 is required, and the patient is unknown. */
function patientSegments({ source }: Prediction): readonly Hl7Segment[] {
  const patient = patientIdentityOf(source)
  if (patient === undefined) return []
  const names = patientNames(source).map(extendedName)
  return [
    segment('PID', {
      1: field('1'),
      3: field(patient.id, undefined, undefined, assigningAuthority(patient.issuer)),
      // U, unspecified: PID-5 is required, and the image has no name.
      5: repeatedField(names.length === 0 ? [[...new Array<undefined>(6), 'U']] : names),
      7: field(dateOf(source, '00100030')),
      8: field(sexOf(source)),
    }),
  ]
}

/** HD: the types of Universal Entity ID are those of HL7 table 0301 (PS3.3 10.14). */
function assigningAuthority(issuer: PatientIdIssuer | undefined): readonly (string | undefined)[] {
  return [issuer?.namespace, issuer?.universal?.id, issuer?.universal?.type]
}

/** XPN.8, Name Representation Code (HL7 table 0465). */
const representations = { Alphabetic: 'A', Ideographic: 'I', Phonetic: 'P' } as const

/** XPN: suffix before prefix, unlike DICOM. L is the legal name, which PID-5 holds (3.4.2.5). */
function extendedName({ script, family, given, middle, prefix, suffix }: WrittenName): (string | undefined)[] {
  return [family, given, middle, suffix, prefix, undefined, 'L', representations[script]]
}

/**
 * OBR. The accession number is the placer order number, and also in OBR-18, where IHE expects it. The filler order
 * number is the result's own.
 */
function requestSegment(
  prediction: Prediction,
  { controlId, analysedAt, parties }: { controlId: string; analysedAt: string; parties: Hl7Parties },
): Hl7Segment {
  const accession = accessionNumberOf(prediction.source)
  return segment('OBR', {
    1: field('1'),
    2: field(accession),
    3: field(controlId, parties.sendingApplication),
    4: codedField(codes.diagnosticImagingStudy),
    7: field(momentOfStudy(prediction)),
    18: field(accession),
    22: field(analysedAt),
    24: field('RAD'),
    25: field('P'),
  })
}

/** TS of the study, as precise as in the image: at most four decimals of a second, and a zone only if it has one. */
function momentOfStudy(prediction: Prediction): string | undefined {
  const date = studyDate(prediction)?.replaceAll('-', '')
  const time = timeOf(prediction.source, '00080030')?.slice(0, 11)
  if (date === undefined || time === undefined) return date
  return `${date}${time}${sourceOffset(prediction.source) ?? ''}`
}
