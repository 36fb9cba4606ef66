import type { ImageHeader } from '../../intake/image-header.ts'
import type { Prediction } from '../../classify/prediction.ts'
import { isoDay } from '../../dicom/date-and-time.ts'
import { textOf } from '../../dicom/element-values.ts'
import { accessionNumberOf } from '../../dicom/identifying-text.ts'
import { patientIdentityOf } from '../../dicom/patient-identity.ts'
import { humanNames } from './human-name.ts'
import { accessionType } from './codeable-concept.ts'
import { type FhirEntry, type FhirIdentifier, dicomUidIdentifier, ownEntry, sharedEntry } from './identifier.ts'
import { type IssuerSystems, systemOfIssuer } from './issuer-system.ts'

/** Identifier systems of this hospital, and options. */
export interface FhirOptions extends IssuerSystems {
  readonly accessionIdentifierSystem: string
  /** Whether a study with a present finding also gets a Task to read it. */
  readonly readingTask: boolean
}

export type FhirReference = { readonly reference: string; readonly display?: string } | { readonly display: string }

/**
 * The patient, identified by Patient ID and issuer only. Undefined without an ID: the patient is then unknown.
 * @throws DICOM_PATIENT_IDENTITY_INVALID
 */
export function patientIdentifier({ source }: Prediction, options: FhirOptions): FhirIdentifier | undefined {
  const patient = patientIdentityOf(source)
  return patient && { system: systemOfIssuer(patient.issuer, options), value: patient.id }
}

/**
 * Matched by identifier, never by name. The name is only for servers that do not have the patient yet; others keep
 * their own. No other resource of the bundle contains it.
 */
export function patientEntry(fullUrl: string, identifier: FhirIdentifier, prediction: Prediction): FhirEntry {
  const name = humanNames(prediction)
  const resource = { resourceType: 'Patient', identifier: [identifier], ...(name.length > 0 && { name }) }
  return sharedEntry(fullUrl, resource, identifier)
}

/** The accession number of the order. Servers match it with their ServiceRequest. */
export function accessionIdentifier(
  { source }: Prediction,
  options: FhirOptions,
): Readonly<Record<string, unknown>> | undefined {
  const value = accessionNumberOf(source)
  return value === undefined ? undefined : { type: accessionType, system: options.accessionIdentifierSystem, value }
}

/**
 * The study, with the images that we considered. Created only if the server does not have it, unless it was corrected
 * from one patient to another.
 */
export function imagingStudyEntry(
  fullUrl: string,
  prediction: Prediction,
  subject: FhirReference,
  options: FhirOptions,
): FhirEntry {
  const identifier = dicomUidIdentifier(prediction.studyInstanceUid)
  const accession = accessionIdentifier(prediction, options)
  const started = studyDate(prediction)
  const resource = {
    resourceType: 'ImagingStudy',
    identifier: [identifier, ...(accession === undefined ? [] : [accession])],
    status: 'available',
    subject,
    ...(started !== undefined && { started }),
    series: seriesOf(prediction),
  }
  // The server has the study under the patient of the former result.
  const entry = prediction.followsAnotherPatient === true ? ownEntry : sharedEntry
  return entry(fullUrl, resource, identifier)
}

/** Study Date as a FHIR date. The time is omitted: in FHIR it must have a zone, which DICOM's lacks. */
export function studyDate({ source }: Prediction): string | undefined {
  return isoDay(textOf(source, '00080020') ?? '')
}

function seriesOf(prediction: Prediction): readonly unknown[] {
  const analysed = prediction.kind === 'analysed' ? prediction.images : []
  const headers = [...analysed, ...prediction.notAnalysed].map((image): ImageHeader => image.header)
  const bySeries = Map.groupBy(headers, (header) => header.seriesInstanceUid)
  return [...bySeries].map(([uid, images]) => ({
    uid,
    modality: { system: 'http://dicom.nema.org/resources/ontology/DCM', code: images[0]?.modality },
    instance: images.map((image) => ({
      uid: image.sopInstanceUid,
      sopClass: { system: 'urn:ietf:rfc:3986', code: `urn:oid:${image.sopClassUid}` },
    })),
  }))
}
