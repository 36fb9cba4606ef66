import { z } from 'zod'
import { exchangeJson } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import type { DemoStudy } from './sources.ts'

/** Objects that the service wrote to a study in the archive. Addresses relative to the DICOMweb root. */
interface WrittenObjects {
  readonly structuredReports: readonly string[]
  readonly pictures: readonly string[]
  /** Objects that the demo did not send and that are none of the above. */
  readonly others: readonly string[]
}

/** All results found of one study. Addresses relative to the servers' roots. */
export interface WrittenResults extends WrittenObjects {
  readonly diagnosticReports: readonly string[]
}

const uidAttribute = z.object({ Value: z.tuple([z.string()]).rest(z.string()) })
const instances = z.array(z.object({ '00080016': uidAttribute, '00080018': uidAttribute, '0020000E': uidAttribute }))
const searchSet = z.object({
  entry: z.array(z.object({ resource: z.object({ resourceType: z.string(), id: z.string() }) })).default([]),
})

const structuredReportClasses = '1.2.840.10008.5.1.4.1.1.88.'
const secondaryCaptureClasses = /^1\.2\.840\.10008\.5\.1\.4\.1\.1\.7(\.\d)?$/
const maxBytes = 16 * 2 ** 20

/** Finds the results in the archive and the service's FHIR resources, independently of what the service reports. */
export async function findWrittenResults(
  study: DemoStudy,
  dicomWeb: HttpService,
  service: HttpService,
): Promise<WrittenResults> {
  return {
    ...(await findWrittenObjects(study, dicomWeb)),
    diagnosticReports: await diagnosticReports(study.studyInstanceUid, service),
  }
}

/** Finds the results in the archive only. */
export async function findWrittenObjects(study: DemoStudy, dicomWeb: HttpService): Promise<WrittenObjects> {
  const sent = new Set(study.files.map((file) => file.sopInstanceUid))
  const found = await archivedObjects(study.studyInstanceUid, dicomWeb)
  const written = found.filter((object) => !sent.has(object.sopInstanceUid))
  const addressesOf = (isMeant: (sopClassUid: string) => boolean): string[] =>
    written.filter((object) => isMeant(object.sopClassUid)).map((object) => object.address)
  return {
    structuredReports: addressesOf(isStructuredReport),
    pictures: addressesOf(isSecondaryCapture),
    others: addressesOf((uid) => !isStructuredReport(uid) && !isSecondaryCapture(uid)),
  }
}

/** Describes missing, duplicate and unknown results; undefined if there are none. */
export function problemOf(written: WrittenResults, expectedPictures: number): string | undefined {
  const wrong = [
    countProblem('Structured Report', written.structuredReports.length, 1),
    countProblem('picture', written.pictures.length, expectedPictures),
    countProblem('DiagnosticReport', written.diagnosticReports.length, 1),
    countProblem('other object', written.others.length, 0),
  ].filter((problem) => problem !== undefined)
  return wrong.length === 0 ? undefined : wrong.join(', ')
}

function countProblem(what: string, found: number, expected: number): string | undefined {
  return found === expected ? undefined : `${found} of ${expected} ${what}${expected === 1 ? '' : 's'}`
}

function isStructuredReport(sopClassUid: string): boolean {
  return sopClassUid.startsWith(structuredReportClasses)
}

function isSecondaryCapture(sopClassUid: string): boolean {
  return secondaryCaptureClasses.test(sopClassUid)
}

interface ArchivedObject {
  readonly sopClassUid: string
  readonly sopInstanceUid: string
  readonly address: string
}

/** QIDO-RS (PS3.18 10.6). */
async function archivedObjects(studyUid: string, dicomWeb: HttpService): Promise<ArchivedObject[]> {
  const path = `/studies/${studyUid}/instances?includefield=00080016`
  const found = await exchangeJson(
    dicomWeb,
    { method: 'GET', path, accept: 'application/dicom+json', effect: 'read', maxBytes },
    instances,
  )
  return found.map((object) => {
    const [[sopClassUid], [sopInstanceUid], [seriesUid]] = [
      object['00080016'].Value,
      object['00080018'].Value,
      object['0020000E'].Value,
    ]
    const address = `/studies/${studyUid}/series/${seriesUid}/instances/${sopInstanceUid}`
    return { sopClassUid, sopInstanceUid, address }
  })
}

async function diagnosticReports(studyUid: string, service: HttpService): Promise<string[]> {
  const identifier = encodeURIComponent(`urn:dicom:uid|urn:oid:${studyUid}`)
  const studies = await searchFhir(service, `/fhir/ImagingStudy?identifier=${identifier}`)
  const reports = await Promise.all(
    studies.map((study) => searchFhir(service, `/fhir/DiagnosticReport?study=${encodeURIComponent(study)}`)),
  )
  return reports.flat()
}

async function searchFhir(service: HttpService, path: string): Promise<string[]> {
  const bundle = await exchangeJson(
    service,
    { method: 'GET', path, accept: 'application/fhir+json', effect: 'read', maxBytes },
    searchSet,
  )
  return bundle.entry.map(({ resource }) => `${resource.resourceType}/${resource.id}`)
}
