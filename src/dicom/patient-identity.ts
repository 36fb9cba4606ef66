import type { DicomDataset } from './dataset.ts'
import { itemsOf } from './element-values.ts'
import { identifyingText } from './identifying-text.ts'
import { patientIdentityInvalid } from './identity-errors.ts'

/** Whose image it is: the Patient ID and who assigned it. Two issuers may give the same ID to two patients. */
export interface PatientIdentity {
  readonly id: string
  readonly issuer?: PatientIdIssuer
}

/** The assigning authority as in HL7's HD, by its local name, its universal identifier or both (PS3.3 10.14). */
export interface PatientIdIssuer {
  readonly namespace?: string
  readonly universal?: { readonly id: string; readonly type: string }
}

/**
 * The identity of the patient; undefined without a Patient ID. A value that could be read in two ways is refused: cut
 * or joined, it could be the ID of another patient.
 * @throws DICOM_PATIENT_IDENTITY_INVALID
 */
export function patientIdentityOf(dataset: DicomDataset): PatientIdentity | undefined {
  const id = onlyText(dataset, '00100020', 'Patient ID (0010,0020)')
  if (id === undefined) return undefined
  const issuer = issuerOf(dataset)
  return issuer === undefined ? { id } : { id, issuer }
}

/** Whether two identities may be of one patient: the same ID, and no two issuers that differ. */
export function mayBeSamePatient(one: PatientIdentity | undefined, other: PatientIdentity | undefined): boolean {
  if (one?.id !== other?.id) return false
  return !differ(one?.issuer?.namespace, other?.issuer?.namespace) && !differ(universalOf(one), universalOf(other))
}

function differ(one: string | undefined, other: string | undefined): boolean {
  return one !== undefined && other !== undefined && one !== other
}

function universalOf(identity: PatientIdentity | undefined): string | undefined {
  const universal = identity?.issuer?.universal
  return universal && JSON.stringify([universal.type, universal.id])
}

function issuerOf(dataset: DicomDataset): PatientIdIssuer | undefined {
  const namespace = onlyText(dataset, '00100021', 'Issuer of Patient ID (0010,0021)')
  const universal = universalEntityOf(dataset)
  if (namespace === undefined && universal === undefined) return undefined
  return { ...(namespace !== undefined && { namespace }), ...(universal !== undefined && { universal }) }
}

const qualifiers = 'Issuer of Patient ID Qualifiers Sequence (0010,0024)'

function universalEntityOf(dataset: DicomDataset): PatientIdIssuer['universal'] {
  const [item, ...others] = itemsOf(dataset, '00100024')
  if (others.length > 0) throw patientIdentityInvalid(qualifiers, 'has several items')
  const id = item && onlyText(item, '00400032', 'Universal Entity ID (0040,0032)')
  if (item === undefined || id === undefined) return undefined
  const type = onlyText(item, '00400033', 'Universal Entity ID Type (0040,0033)')
  if (type === undefined) throw patientIdentityInvalid(qualifiers, 'has an ID without its type')
  return { id, type: type.toUpperCase() }
}

/** The text of an attribute; undefined if it is empty. */
function onlyText(dataset: DicomDataset, tag: string, name: string): string | undefined {
  const found = identifyingText(dataset, tag)
  if (found.kind === 'unclear') throw patientIdentityInvalid(name, found.problem)
  return found.kind === 'text' ? found.text : undefined
}
