import type { MemoryRepository } from '@medplum/fhir-router'
import type { HumanName, Patient, Resource, ResourceType } from '@medplum/fhirtypes'
import { z } from 'zod'
import { notFound } from '../../src/clients/http/errors.ts'
import { exchangeJson } from '../../src/clients/http/exchange.ts'
import type { HttpService } from '../../src/clients/http/http-service.ts'

/** A study as a modality sent it. */
export interface SentStudy {
  readonly studyInstanceUid: string
  readonly patientId: string
  /** As in DICOM: family name and given name, separated by `^`. */
  readonly patientName: string
  readonly seriesInstanceUids: readonly string[]
  readonly sopInstanceUids: readonly string[]
  /** Whether it was deleted from the archive afterwards. */
  readonly isDeleted?: boolean
}

/** A data set in the DICOM JSON model (PS3.18 F.2). */
type Dataset = Readonly<Record<string, { readonly Value?: readonly unknown[] | undefined }>>

const studyUid = '0020000D'
const dataset = z.record(z.string(), z.object({ Value: z.array(z.unknown()).optional() }))
const read = { method: 'GET', accept: 'application/dicom+json', effect: 'read', maxBytes: 64 * 2 ** 20 } as const

/** Objects of the archive that name another patient, study or image than what was sent, one sentence for each. */
export async function misplacedObjects(dicomWeb: HttpService, sent: readonly SentStudy[]): Promise<readonly string[]> {
  const all = await exchangeJson(dicomWeb, { ...read, path: '/studies' }, z.array(dataset))
  const expected = new Set(sent.flatMap((study) => (study.isDeleted === true ? [] : [study.studyInstanceUid])))
  const unknown = all.map((study) => String(study[studyUid]?.Value?.[0])).filter((uid) => !expected.has(uid))
  const problems = unknown.map((uid) => `The archive has study ${uid}, which was deleted or never sent.`)
  for (const study of sent) {
    const path = `/studies/${study.studyInstanceUid}/metadata`
    for (const object of await exchangeJson(dicomWeb, { ...read, path }, z.array(dataset)).catch(noneIfAbsent))
      problems.push(...problemsOfObject(object, study, sent))
  }
  return problems
}

function noneIfAbsent(error: unknown): Dataset[] {
  if (notFound.matches(error)) return []
  throw error
}

function problemsOfObject(object: Dataset, study: SentStudy, sent: readonly SentStudy[]): readonly string[] {
  const [name] = (object['00100010']?.Value ?? []) as { Alphabetic?: string }[]
  const what = `${String(object['00080060']?.Value?.[0])} ${String(object['00080018']?.Value?.[0])}`
  const others = sent.filter((one) => one !== study)
  const foreign = (uids: (one: SentStudy) => readonly string[], found: readonly string[]) => {
    const own = new Set(uids(study))
    const ofOthers = new Set(others.flatMap(uids))
    return found.filter((uid) => ofOthers.has(uid) && !own.has(uid))
  }
  const references = [
    ...valuesOf(studyUid, object).filter((uid) => uid !== study.studyInstanceUid),
    ...foreign((one) => one.seriesInstanceUids, valuesOf('0020000E', object)),
    ...foreign((one) => one.sopInstanceUids, valuesOf('00081155', object)),
  ]
  return [
    ...(object['00100020']?.Value?.[0] === study.patientId ? [] : [`${what} is not on patient ${study.patientId}.`]),
    ...(name?.Alphabetic === study.patientName ? [] : [`${what} does not name ${study.patientName}.`]),
    ...references.map((uid) => `${what} of study ${study.studyInstanceUid} refers to ${uid} of another study.`),
  ]
}

/** All values of an attribute, in sequences too. */
function valuesOf(tag: string, object: Dataset): readonly string[] {
  return Object.entries(object).flatMap(([key, { Value = [] }]) =>
    Value.flatMap((value) => {
      if (key === tag) return [String(value)]
      const isItem = typeof value === 'object' && value !== null && !('Alphabetic' in value)
      return isItem ? valuesOf(tag, value as Dataset) : []
    }),
  )
}

/** Resources of the record that are on another patient than what was sent, one sentence for each. */
export async function misplacedResources(
  repo: MemoryRepository,
  sent: readonly SentStudy[],
): Promise<readonly string[]> {
  const patients = new Map((await allOf(repo, 'Patient')).map((patient) => [`Patient/${patient.id}`, patient]))
  const imagingStudies = await allOf(repo, 'ImagingStudy')
  const studyOf = new Map<string | undefined, SentStudy | undefined>()
  for (const { id, identifier } of imagingStudies) {
    const uid = identifier?.find(({ system }) => system === 'urn:dicom:uid')?.value
    studyOf.set(
      `ImagingStudy/${id}`,
      sent.find((one) => uid === `urn:oid:${one.studyInstanceUid}`),
    )
  }
  const reports = await allOf(repo, 'DiagnosticReport')
  for (const { id, imagingStudy } of reports)
    studyOf.set(`DiagnosticReport/${id}`, studyOf.get(imagingStudy?.[0]?.reference))
  const resources = [
    ...imagingStudies.map(({ id, subject }) => ({ id: `ImagingStudy/${id}`, subject, about: `ImagingStudy/${id}` })),
    ...reports.map(({ id, subject, imagingStudy }) => ({
      ...{ id: `DiagnosticReport/${id}`, subject, about: imagingStudy?.[0]?.reference },
    })),
    ...(await allOf(repo, 'Observation')).map(({ id, subject, derivedFrom }) => ({
      ...{ id: `Observation/${id}`, subject, about: derivedFrom?.[0]?.reference },
    })),
    ...(await allOf(repo, 'Task')).map((task) => ({
      ...{ id: `Task/${task.id}`, subject: task.for, about: task.focus?.reference },
    })),
  ]
  return resources.flatMap(({ id, subject, about }) =>
    problemsOfResource(id, patients.get(subject?.reference ?? ''), studyOf.get(about)),
  )
}

function problemsOfResource(id: string, patient: Patient | undefined, study: SentStudy | undefined): readonly string[] {
  if (study === undefined) return [`${id} is about no study that was sent.`]
  const isSame = patient?.identifier?.some(({ value }) => value === study.patientId) === true
  if (!isSame) return [`${id} is not on patient ${study.patientId}.`]
  return nameOf(patient.name?.[0]) === study.patientName
    ? []
    : [`${id} is on a patient not named ${study.patientName}.`]
}

function nameOf(name: HumanName | undefined): string {
  return [name?.family ?? '', ...(name?.given ?? [])].join('^')
}

const pageSize = 500

/** All resources of a type. */
export async function allOf<Type extends ResourceType>(
  repo: MemoryRepository,
  resourceType: Type,
): Promise<readonly Extract<Resource, { resourceType: Type }>[]> {
  const found: Extract<Resource, { resourceType: Type }>[] = []
  for (;;) {
    const { entry = [] } = await repo.search({ resourceType, count: pageSize, offset: found.length })
    found.push(...entry.map(({ resource }) => resource as Extract<Resource, { resourceType: Type }>))
    if (entry.length < pageSize) return found
  }
}
