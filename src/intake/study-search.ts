import { z } from 'zod'
import { notFound } from '../clients/http/errors.ts'
import { exchange, parseJson } from '../clients/http/exchange.ts'
import type { HttpService } from '../clients/http/http-service.ts'
import { asTriageError, isRetried } from '../errors/triage-error.ts'
import type { ImageUids } from './archive.ts'
import type { StudyArrival } from './feed/change-feed.ts'
import { isRadiographyModality } from './eligibility.ts'
import { type SeriesSigns, isOwnReport, isReported } from './feed/own-series.ts'
import { reportSeriesDescription } from '../report/sr/report-context.ts'
import type { Abortable } from '../clients/orthanc-client.ts'
import { whoseStudy } from './feed/whose-study.ts'

/** A study found by a search. */
export interface FoundStudy {
  readonly studyInstanceUid: string
  /** Undefined if the archive does not return it. */
  readonly instanceCount: number | undefined
  /** See whose-study.ts. */
  readonly whose: string
}

/** The matches of a search that may have reached its limit. */
interface Matches<Match> {
  readonly found: readonly Match[]
  readonly isComplete: boolean
}

/** A range of days as YYYYMMDD, both included; open-ended without `to` (range matching, PS3.4 C.2.2.2.5). */
interface StudyDays {
  readonly from: string
  readonly to?: string
}

/** The day in UTC as DA (PS3.5 6.2). */
export function dicomDate(time: Date): string {
  return time.toISOString().slice(0, 10).replaceAll('-', '')
}

const uid = z.object({ Value: z.tuple([z.string().min(1)]).rest(z.unknown()) }).transform(({ Value }) => Value[0])
/** IS is a number or a string (PS3.18 F.2.3). */
const count = z
  .object({ Value: z.tuple([z.coerce.number().int().min(0)]).rest(z.unknown()) })
  .transform(({ Value }) => Value[0])
const texts = z.object({ Value: z.array(z.string().nullable()).default([]) }).transform(({ Value }) => Value)

const studySchema = z.object({
  '0020000D': uid,
  '00080061': texts.optional(),
  '00201208': count.optional(),
  ...{ '00080050': z.unknown().optional(), '00100010': z.unknown().optional(), '00100020': z.unknown().optional() },
  ...{ '00100030': z.unknown().optional(), '00100040': z.unknown().optional() },
})
const seriesSchema = z.object({
  '0020000E': uid,
  '00080060': texts.optional(),
  '00080070': texts.optional(),
  '0008103E': texts.optional(),
  '00201209': count,
})
/** A series of any study. */
const anySeriesSchema = seriesSchema.omit({ '00201209': true }).extend({ '0020000D': uid })

/** A study in a page takes about a kilobyte. */
const maxPageBytes = 64 * 2 ** 20
const defaultPageSize = 500

/** Finds studies and series in any DICOMweb archive by QIDO-RS (PS3.18 10.6). */
export class StudySearch {
  readonly #archive: HttpService
  readonly #pageSize: number

  constructor(archive: HttpService, pageSize: number = defaultPageSize) {
    this.#archive = archive
    this.#pageSize = pageSize
  }

  /**
   * Studies with radiographs on those days. The query does not filter by ModalitiesInStudy, because Orthanc 1.10 then
   * omits studies after the first page; studies of other modalities are left out here. If an archive does not return
   * ModalitiesInStudy, no study is left out.
   * @throws HTTP_*
   */
  async studiesOf({ from, to = '' }: StudyDays, options: Abortable = {}): Promise<readonly FoundStudy[]> {
    const days = from === to ? from : `${from}-${to}`
    const query = `/studies?StudyDate=${days}&includefield=00080061&includefield=00201208`
    const studies = await this.#askAll(query, studySchema, studyUidOf, options)
    return studies.found.filter(mayHoldRadiographs).map(toFoundStudy)
  }

  /**
   * Studies with radiographs of any day, among the first `most` studies that the archive lists.
   * @throws HTTP_*
   */
  async someStudies(most: number, options: Abortable = {}): Promise<Matches<FoundStudy>> {
    const query = '/studies?includefield=00080061&includefield=00201208'
    const { found, isComplete } = await this.#askAll(query, studySchema, studyUidOf, options, most)
    return { found: found.filter(mayHoldRadiographs).map(toFoundStudy), isComplete }
  }

  /**
   * Study Instance UIDs of the studies that have our report.
   * @throws HTTP_*
   */
  async reportedStudies(most: number, options: Abortable = {}): Promise<Matches<string>> {
    // Only the first word, because Orthanc 1.10 finds nothing for a value with a space.
    const word = reportSeriesDescription.split(' ', 1).join()
    const query = `/series?Modality=SR&SeriesDescription=${encodeURIComponent(word)}*&${signs}`
    const { found, isComplete } = await this.#askAll(query, anySeriesSchema, seriesUidOf, options, most)
    const reports = found.filter((series) => isOwnReport(signsOf(series)))
    return { found: reports.map((series) => series['0020000D']), isComplete }
  }

  /** The series of a study; none if the study no longer exists. */
  async seriesOf(studyInstanceUid: string, options: Abortable = {}): Promise<StudyArrival['series']> {
    return (await this.#seriesOf(studyInstanceUid, options)).map(toSeries)
  }

  /** The series of a study, and whether it has our report, except a withdrawn one. */
  async seriesAndReport(
    studyInstanceUid: string,
  ): Promise<{ readonly series: StudyArrival['series']; readonly isReported: boolean }> {
    const series = await this.#seriesOf(studyInstanceUid)
    return { series: series.map(toSeries), isReported: isReported(series.map(signsOf)) }
  }

  async #seriesOf(
    studyInstanceUid: string,
    options: Abortable = {},
  ): Promise<readonly z.output<typeof seriesSchema>[]> {
    const path = `/studies/${encodeURIComponent(studyInstanceUid)}/series?includefield=00201209&${signs}`
    try {
      return (await this.#askAll(path, seriesSchema, seriesUidOf, options)).found
    } catch (error) {
      if (notFound.matches(error)) return []
      throw error
    }
  }

  /**
   * All pages of a search. An archive may return fewer matches than requested (Orthanc: LimitFindResults). A page may
   * repeat known matches, because others arrived during the search. If most are repeated, the archive ignores `offset`.
   */
  async #askAll<Schema extends z.ZodType>(
    query: string,
    schema: Schema,
    uidOf: (match: z.output<Schema>) => string,
    options: Abortable,
    most = Infinity,
  ): Promise<Matches<z.output<Schema>>> {
    const found = new Map<string, z.output<Schema>>()
    for (let offset = 0; offset <= 2 * found.size;) {
      const page = await ask(this.#archive, `${query}&limit=${this.#pageSize}&offset=${offset}`, schema, options)
      if (page.length === 0) break
      if (offset >= most) return { found: [...found.values()], isComplete: false }
      for (const match of page) found.set(uidOf(match), match)
      offset += page.length
    }
    return { found: [...found.values()], isComplete: true }
  }
}

/** The attributes by which our own series are recognised. */
const signs = 'includefield=00080070&includefield=0008103E'

const studyUidOf = (study: z.output<typeof studySchema>): string => study['0020000D']
const seriesUidOf = (series: { readonly '0020000E': string }): string => series['0020000E']

const instanceSchema = z.object({ '00080018': uid })

/**
 * SOP Instance UIDs of a series, or only `sopInstanceUid` if the series has it; undefined if the archive refuses this
 * search or answers with something else.
 * @throws HTTP_* transient
 */
export async function instancesOf(
  archive: HttpService,
  { studyInstanceUid, seriesInstanceUid, sopInstanceUid }: Omit<ImageUids, 'sopInstanceUid'> & Partial<ImageUids>,
): Promise<readonly string[] | undefined> {
  const [study, series] = [studyInstanceUid, seriesInstanceUid].map(encodeURIComponent)
  const wanted = sopInstanceUid === undefined ? '' : `?SOPInstanceUID=${encodeURIComponent(sopInstanceUid)}`
  try {
    const matches = await ask(archive, `/studies/${study}/series/${series}/instances${wanted}`, instanceSchema)
    return matches.map((match) => match['00080018'])
  } catch (error) {
    if (notFound.matches(error)) return []
    if (isRetried(asTriageError(error).failureClass)) throw error
    return undefined
  }
}

async function ask<Schema extends z.ZodType>(
  archive: HttpService,
  path: string,
  schema: Schema,
  { signal }: Abortable = {},
): Promise<readonly z.output<Schema>[]> {
  const request = { method: 'GET', path, accept: 'application/dicom+json', effect: 'read' } as const
  const bytes = await exchange(archive, { ...request, maxBytes: maxPageBytes, signal })
  // 204 No Content also means that nothing matches.
  return bytes.length === 0 ? [] : parseJson(archive, new TextDecoder().decode(bytes), z.array(schema))
}

/** `eligibility.ts` decides on the images of these studies. */
function mayHoldRadiographs(study: z.output<typeof studySchema>): boolean {
  const told = study['00080061']
  return told === undefined || told.length === 0 || told.some((one) => one !== null && isRadiographyModality(one))
}

function toFoundStudy(study: z.output<typeof studySchema>): FoundStudy {
  const identity = [study['00100020'], study['00100010'], study['00100030'], study['00100040'], study['00080050']]
  return {
    studyInstanceUid: study['0020000D'],
    instanceCount: study['00201208'],
    whose: whoseStudy('qido', identity),
  }
}

function toSeries(series: z.output<typeof seriesSchema>): StudyArrival['series'][number] {
  const { '0020000E': seriesInstanceUid, '00080060': modality, '00201209': instanceCount } = series
  return { seriesInstanceUid, modality: modality?.[0] ?? '', instanceCount }
}

function signsOf(series: Omit<z.output<typeof seriesSchema>, '00201209'>): SeriesSigns {
  return {
    seriesInstanceUid: series['0020000E'],
    modality: series['00080060']?.[0] ?? '',
    manufacturer: series['00080070']?.[0] ?? undefined,
    description: series['0008103E']?.[0] ?? '',
  }
}
