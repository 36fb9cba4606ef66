import { z } from 'zod'
import { aiAsserted } from '../report/fhir/codeable-concept.ts'
import { dicomUidSystem, resultSystem } from '../report/fhir/identifier.ts'
import type { Reading, ReportDocument } from './opinion.ts'
import { senseOf } from './reader-codes.ts'

const text = z.string().optional().catch(undefined)
const coding = z.object({ system: text, code: text, display: text })
/** A part that is not valid R4 is ignored: one invalid resource must not block the others. */
const list = <Item extends z.ZodType>(item: Item) => z.array(item).catch([])

const identifier = z.object({
  system: text,
  value: text,
  type: z
    .object({ coding: list(coding) })
    .optional()
    .catch(undefined),
})
const reference = z.object({ reference: text, identifier: identifier.optional().catch(undefined) })
const identified = z.object({ identifier: list(identifier) })

const diagnosticReport = z.object({
  resourceType: z.literal('DiagnosticReport'),
  id: z.string(),
  meta: z
    .object({ versionId: text, lastUpdated: text, security: list(coding) })
    .catch({ versionId: undefined, lastUpdated: undefined, security: [] }),
  status: z.string(),
  identifier: list(identifier),
  basedOn: list(reference),
  imagingStudy: list(reference),
  conclusionCode: list(z.object({ coding: list(coding) })),
  contained: list(z.looseObject({ id: text })),
})
type DiagnosticReport = z.output<typeof diagnosticReport>
type Identifier = z.output<typeof identifier>

/** Identifies the study of a report. Never a name. */
export interface StudyIdentity {
  readonly studyInstanceUids: readonly string[]
  readonly accessionNumbers: readonly string[]
}

/** The parts of a reader's report that an opinion needs. */
export interface ReaderReport extends StudyIdentity {
  readonly document: ReportDocument
  /** Undefined if the codes state neither, or if the report was withdrawn. Free text is never interpreted. */
  readonly reading: Reading | undefined
  /** Resources of the same server that may identify the study, for example `ImagingStudy/12`. */
  readonly references: readonly string[]
}

/** Reports entered in error, or ended before they were final, are not valid. */
const valid = new Set(['final', 'amended', 'corrected', 'appended'])

/**
 * A DiagnosticReport (R4) by a person.
 * @param accessionSystem system of this hospital's accession numbers
 * @returns undefined for our own report, another algorithm's report, or a resource that is not a report
 */
export function readerReport(resource: unknown, accessionSystem: string): ReaderReport | undefined {
  const parsed = diagnosticReport.safeParse(resource)
  if (!parsed.success || isOfAlgorithm(parsed.data)) return undefined
  const report = parsed.data
  const links = [...report.imagingStudy, ...report.basedOn]
  const contained = links.flatMap(({ reference: url }) => containedIdentifiers(report, url))
  const identifiers = [...report.identifier, ...links.flatMap((link) => link.identifier ?? []), ...contained]
  return {
    document: { id: `DiagnosticReport/${report.id}`, version: report.meta.versionId ?? report.meta.lastUpdated ?? '' },
    reading: valid.has(report.status) ? readingOf(report) : undefined,
    references: links.flatMap(({ reference: url }) => (url !== undefined && literal.test(url) ? [url] : [])),
    ...identityOf(identifiers, accessionSystem),
  }
}

/** The study that an ImagingStudy or ServiceRequest is about. */
export function studyIdentity(resource: unknown, accessionSystem: string): StudyIdentity {
  const parsed = identified.safeParse(resource)
  return identityOf(parsed.success ? parsed.data.identifier : [], accessionSystem)
}

/** A relative reference. An absolute one may point to a different server, which must not receive our token. */
const literal = /^(ImagingStudy|ServiceRequest)\/[A-Za-z0-9.-]{1,64}$/

function isOfAlgorithm({ identifier: own, meta }: DiagnosticReport): boolean {
  return own.some(({ system }) => system === resultSystem) || meta.security.some(({ code }) => code === aiAsserted.code)
}

/** A pneumonia code means present. Other diagnoses of a vocabulary that includes pneumonia mean absent. */
function readingOf({ conclusionCode }: DiagnosticReport): Reading | undefined {
  const senses = conclusionCode
    .flatMap((concept) => concept.coding)
    .map(({ system = '', code = '', display = '' }) => senseOf({ system, value: code, meaning: display }))
  if (senses.includes('pneumonia')) return 'present'
  if (senses.includes('unsure')) return undefined
  return senses.includes('other') ? 'absent' : undefined
}

function containedIdentifiers({ contained }: DiagnosticReport, url: string | undefined): readonly Identifier[] {
  if (!url?.startsWith('#')) return []
  return contained
    .filter(({ id }) => id === url.slice(1))
    .flatMap((resource) => identified.safeParse(resource).data?.identifier ?? [])
}

function identityOf(identifiers: readonly Identifier[], accessionSystem: string): StudyIdentity {
  const valuesOf = (matches: (one: Identifier) => boolean): string[] => [
    ...new Set(identifiers.filter(matches).flatMap(({ value }) => value?.trim() ?? [])),
  ]
  return {
    studyInstanceUids: valuesOf(isStudyUid).map((value) => value.slice(oidPrefix.length)),
    accessionNumbers: valuesOf((one) => isAccession(one, accessionSystem)),
  }
}

const oidPrefix = 'urn:oid:'

function isStudyUid({ system, value }: Identifier): boolean {
  return system === dicomUidSystem && value?.startsWith(oidPrefix) === true
}

/**
 * Matches the system. Without one, matches the type (v2-0203 `ACSN`): a number from another hospital has a different
 * system.
 */
function isAccession({ system, type }: Identifier, accessionSystem: string): boolean {
  if (system !== undefined) return system === accessionSystem
  return type?.coding.some(({ code }) => code === 'ACSN') === true
}
