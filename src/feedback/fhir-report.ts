import { z } from 'zod'
import { aiAsserted } from '../report/fhir/codeable-concept.ts'
import { dicomUidSystem, resultSystem } from '../report/fhir/identifier.ts'
import type { Reading, ReportDocument } from './opinion.ts'
import { senseOf } from './reader-codes.ts'

const text = z.string().optional().catch(undefined)
const coding = z.object({ system: text, code: text, display: text })
/** A part that has another form than R4's is read as if it were not there: one odd resource must not hold up all others. */
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

/** What tells which study a report is about. Never a name. */
export interface StudyIdentity {
  readonly studyInstanceUids: readonly string[]
  readonly accessionNumbers: readonly string[]
}

/** A reader's report, as far as an opinion needs it. */
export interface ReaderReport extends StudyIdentity {
  readonly document: ReportDocument
  /** Undefined where its codes say neither, or it was withdrawn; its text is never interpreted. */
  readonly reading: Reading | undefined
  /** Resources of the same server that may identify the study further, for example `ImagingStudy/12`. */
  readonly references: readonly string[]
}

/** A report that was entered in error, or ended before it was final, says nothing any more. */
const valid = new Set(['final', 'amended', 'corrected', 'appended'])

/**
 * A DiagnosticReport (R4) that a person answers for.
 * @param accessionSystem system of this hospital's accession numbers
 * @returns undefined for one of ours, for what any other algorithm asserts, and for what is no report
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

/** A relative reference; an absolute one may lead to another server, which our token must not. */
const literal = /^(ImagingStudy|ServiceRequest)\/[A-Za-z0-9.-]{1,64}$/

function isOfAlgorithm({ identifier: own, meta }: DiagnosticReport): boolean {
  return own.some(({ system }) => system === resultSystem) || meta.security.some(({ code }) => code === aiAsserted.code)
}

/** Codes that name pneumonia say that it is present; other diagnoses of a vocabulary that has it, that it is not. */
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

/** By its system; by its type alone (v2-0203 `ACSN`) only where it has no system, as another hospital's has another one. */
function isAccession({ system, type }: Identifier, accessionSystem: string): boolean {
  if (system !== undefined) return system === accessionSystem
  return type?.coding.some(({ code }) => code === 'ACSN') === true
}
