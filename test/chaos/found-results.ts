import type { Resource } from '@medplum/fhirtypes'
import type { MemoryRepository } from '@medplum/fhir-router'
import { notFound } from '../../src/clients/http/errors.ts'
import { type SentStudy, allOf } from '../servers/belonging.ts'
import { findWrittenObjects } from '../../src/demo/written-results.ts'
import { exchange } from '../../src/clients/http/exchange.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'
import { OrthancClient } from '../../src/clients/orthanc-client.ts'
import { type ChaosStudy, wholeStudy } from './chaos-studies.ts'
import type { Hospital } from './hospital.ts'
import type { Found } from './verdict.ts'

/** Default of `Results.PriorityLabel`; before Orthanc 1.12, metadata holds it (`Results.PriorityMetadata`). */
const priorityLabel = 'pneumonia-suspected'
const priorityMetadata = 4701

/** Finds a study's results directly in the archive and the patient record. */
export type LookForResults = (study: ChaosStudy) => Promise<Found>

/** Reads the patient record once; nothing may be writing to it. */
export async function resultsIn(hospital: Hospital): Promise<LookForResults> {
  const record = await readRecord(hospital.fhir.repo)
  const client = new OrthancClient(hospital.orthancApi)
  return async (study) => {
    const isInArchive = (await client.lookup('Study', study.studyInstanceUid)).length > 0
    const { structuredReports, pictures, others } = isInArchive
      ? await findWrittenObjects(wholeStudy(study), hospital.dicomWeb)
      : nothing
    return {
      'Structured Report': structuredReports.length,
      picture: pictures.length,
      'other object': others.length,
      ...record(study),
      'HL7 message': controlIdsOf(study, hospital).size,
      'priority mark': await countMarks(study.studyInstanceUid, client, hospital.orthancApi),
    }
  }
}

const nothing = { structuredReports: [], pictures: [], others: [] }

/** A message that was sent again has the same control ID (MSH-10), by which receivers know it. */
function controlIdsOf({ studyInstanceUid }: ChaosStudy, { hl7Messages }: Hospital): ReadonlySet<string> {
  const about = hl7Messages().filter((message) => String(message).includes(studyInstanceUid))
  return new Set(about.map((message) => message.get('MSH.10').toString()))
}

/** HL7 messages that name another patient than what was sent, one sentence for each. */
export function misplacedMessages(
  { hl7Messages }: Pick<Hospital, 'hl7Messages'>,
  studies: readonly SentStudy[],
): readonly string[] {
  return hl7Messages().flatMap((message) => {
    const study = studies.find(({ studyInstanceUid }) => String(message).includes(studyInstanceUid))
    const controlId = message.get('MSH.10').toString()
    if (study === undefined) return [`HL7 message ${controlId} is about no study that was sent.`]
    const patientId = message.get('PID.3.1').toString()
    const name = `${message.get('PID.5.1').toString()}^${message.get('PID.5.2').toString()}`
    return patientId === study.patientId && name === study.patientName
      ? []
      : [`HL7 message ${controlId} is on ${patientId}, not on patient ${study.patientId}.`]
  })
}

/** Number of resources for the algorithm; all studies share one. */
export async function countDevices(repo: MemoryRepository): Promise<number> {
  return (await allOf(repo, 'Device')).length
}

type FoundInRecord = Omit<Found, 'Structured Report' | 'picture' | 'other object' | 'HL7 message' | 'priority mark'>

/** Follows the references from the study to its findings, as a reader of the record would. */
async function readRecord(repo: MemoryRepository): Promise<(study: ChaosStudy) => FoundInRecord> {
  const imagingStudies = Map.groupBy(
    await allOf(repo, 'ImagingStudy'),
    ({ identifier }) => identifier?.find(({ system }) => system === 'urn:dicom:uid')?.value,
  )
  const reports = Map.groupBy(await allOf(repo, 'DiagnosticReport'), (one) => one.imagingStudy?.[0]?.reference)
  const observations = Map.groupBy(await allOf(repo, 'Observation'), (one) => one.derivedFrom?.[0]?.reference)
  const provenances = Map.groupBy(await allOf(repo, 'Provenance'), (one) => one.entity?.[0]?.what.reference)
  const tasks = Map.groupBy(await allOf(repo, 'Task'), (one) => one.focus?.reference)
  const allPatients = await allOf(repo, 'Patient')
  const patients = Map.groupBy(allPatients, (one) => one.identifier?.[0]?.value)
  const patientIds = new Map(allPatients.map(({ id, identifier }) => [`Patient/${id}`, identifier?.[0]?.value]))
  return ({ studyInstanceUid }) => {
    const studies = imagingStudies.get(`urn:oid:${studyInstanceUid}`) ?? []
    const about = <Item extends Resource>(
      items: ReadonlyMap<string | undefined, readonly Item[]>,
      subjects: readonly Resource[],
    ) => subjects.flatMap((subject) => items.get(`${subject.resourceType}/${subject.id}`) ?? [])
    const reported = about(reports, studies)
    return {
      ImagingStudy: studies.length,
      DiagnosticReport: reported.length,
      Observation: about(observations, studies).length,
      Provenance: about(provenances, studies).length,
      Patient: patients.get(patientIds.get(studies[0]?.subject.reference ?? ''))?.length ?? 0,
      Task: about(tasks, reported).length,
    }
  }
}

/** Number of copies of a study in Orthanc that are marked for priority reading. */
export async function countMarks(
  studyInstanceUid: string,
  client: OrthancClient,
  orthanc: HttpService,
): Promise<number> {
  const ids = await client.lookup('Study', studyInstanceUid)
  const { HasLabels } = await client.system()
  const mark = HasLabels ? `labels/${priorityLabel}` : `metadata/${priorityMetadata}`
  const marks = await Promise.all(ids.map((id) => exists(`/studies/${id}/${mark}`, orthanc)))
  return marks.filter((isMarked) => isMarked).length
}

async function exists(path: string, orthanc: HttpService): Promise<boolean> {
  try {
    await exchange(orthanc, { method: 'GET', path, accept: '*/*', effect: 'read', maxBytes: 1000 })
    return true
  } catch (error) {
    if (notFound.matches(error)) return false
    throw error
  }
}
