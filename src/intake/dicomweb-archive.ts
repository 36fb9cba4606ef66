import { z } from 'zod'
import { answerInvalid, notFound, refused } from '../clients/http/errors.ts'
import { exchange, exchangeJson } from '../clients/http/exchange.ts'
import { firstPart } from '../clients/http/multipart.ts'
import { type HttpService, describeService } from '../clients/http/http-service.ts'
import type { DicomDataset, DicomElement } from '../dicom/dataset.ts'
import { textOf } from '../dicom/element-values.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import type { ImageArchive, ImageUids } from './archive.ts'
import { isRadiographyModality } from './eligibility.ts'
import { imageNotFound, studyNotFound } from './errors.ts'
import type { StudyRef } from './study.ts'

const elementSchema = z.object({
  vr: z.string(),
  Value: z.array(z.unknown()).optional(),
  InlineBinary: z.string().optional(),
  BulkDataURI: z.string().optional(),
})
const metadataSchema = z.array(z.record(z.string().regex(/^[0-9A-F]{8}$/), elementSchema))

/** Size limits of one answer. */
export interface ArchiveLimits {
  /** Headers of a whole study, as JSON. */
  readonly maxMetadataBytes: number
  /** One image. */
  readonly maxImageBytes: number
}

export const archiveLimits: ArchiveLimits = { maxMetadataBytes: 256 * 2 ** 20, maxImageBytes: 512 * 2 ** 20 }

/** Reads from any DICOMweb archive: headers as the DICOM JSON Model, files by WADO-RS (PS3.18 10.4). */
export class DicomWebArchive implements ImageArchive {
  readonly #dicomWeb: HttpService
  readonly #limits: ArchiveLimits

  constructor(dicomWeb: HttpService, limits: ArchiveLimits = archiveLimits) {
    this.#dicomWeb = dicomWeb
    this.#limits = limits
  }

  /** @throws INTAKE_STUDY_NOT_FOUND, HTTP_* */
  async listImages({ studyInstanceUid }: StudyRef): Promise<DicomDataset[]> {
    const listed = await this.#metadata(`/studies/${encodeURIComponent(studyInstanceUid)}`)
    if (listed === undefined) throw studyNotFound(describeService(this.#dicomWeb))
    const datasets: DicomDataset[] = []
    for (const dataset of listed) datasets.push(isSummary(dataset) ? await this.#wholeHeader(dataset) : dataset)
    return datasets
  }

  /** @throws HTTP_* */
  async readHeader(study: StudyRef, image: ImageUids): Promise<DicomDataset | undefined> {
    const [header] = (await this.#metadata(pathOf(image))) ?? []
    if (header !== undefined) return header
    // Not every archive has the metadata of single instances.
    const listed = (await this.#metadata(`/studies/${encodeURIComponent(study.studyInstanceUid)}`)) ?? []
    return listed.find((dataset) => textOf(dataset, tags.instance) === image.sopInstanceUid)
  }

  /** The header of one object, which archives read from its file; the summary if there is no such resource. */
  async #wholeHeader(summary: DicomDataset): Promise<DicomDataset> {
    const [study, series, instance] = [tags.study, tags.series, tags.instance].map((tag) => textOf(summary, tag))
    if (study === undefined || series === undefined || instance === undefined) return summary
    const [header] = (await this.#metadata(instancePath(study, series, instance))) ?? []
    return header ?? summary
  }

  /** Undefined if the archive does not have the resource. */
  async #metadata(resource: string): Promise<DicomDataset[] | undefined> {
    const request = {
      method: 'GET',
      path: `${resource}/metadata`,
      accept: 'application/dicom+json',
      effect: 'read',
      maxBytes: this.#limits.maxMetadataBytes,
    } as const
    try {
      const datasets = await exchangeJson(this.#dicomWeb, request, metadataSchema)
      return datasets.map(withoutBulkData)
    } catch (error) {
      if (notFound.matches(error)) return undefined
      throw error
    }
  }

  /**
   * `transfer-syntax=*` requests the file as it is stored (PS3.18 8.7.3.5.2); without it, an archive may transcode it.
   * @throws INTAKE_IMAGE_NOT_FOUND, HTTP_*
   */
  async fetchImage(image: ImageUids): Promise<Uint8Array<ArrayBuffer>> {
    try {
      const file = firstPart(await exchange(this.#dicomWeb, this.#retrieval(image, '*')))
      if (file === undefined) throw answerInvalid(describeService(this.#dicomWeb), 'no multipart body')
      return file
    } catch (error) {
      if (notFound.matches(error)) throw imageNotFound()
      throw error
    }
  }

  /**
   * An archive that cannot transcode answers 406; Orthanc answers 500.
   * @throws HTTP_*
   */
  async fetchUncompressed(image: ImageUids): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const request = this.#retrieval(image, transferSyntax.explicitLittleEndian)
    try {
      return firstPart(await exchange(this.#dicomWeb, { ...request, refusals: new Set([500]) }))
    } catch (error) {
      if (refused.matches(error)) return undefined
      throw error
    }
  }

  #retrieval(image: ImageUids, syntax: string) {
    return {
      method: 'GET',
      path: pathOf(image),
      accept: `multipart/related; type="application/dicom"; transfer-syntax=${syntax}`,
      effect: 'read',
      maxBytes: this.#limits.maxImageBytes,
    } as const
  }
}

const tags = {
  sopClass: '00080016',
  modality: '00080060',
  instance: '00080018',
  study: '0020000D',
  series: '0020000E',
  pixelRepresentation: '00280103',
} as const

/**
 * Whether an archive listed only the attributes in its database, as Orthanc does with `StudiesMetadata` set to
 * `MainDicomTags` or `Extrapolate`. SOP Class UID is type 1 in every object, Pixel Representation in every image
 * (PS3.3 C.12.1, C.7.6.3).
 */
function isSummary(dataset: DicomDataset): boolean {
  const isImage = isRadiographyModality(textOf(dataset, tags.modality) ?? '')
  return dataset[tags.sopClass] === undefined || (isImage && dataset[tags.pixelRepresentation] === undefined)
}

function pathOf({ studyInstanceUid, seriesInstanceUid, sopInstanceUid }: ImageUids): string {
  return instancePath(studyInstanceUid, seriesInstanceUid, sopInstanceUid)
}

function instancePath(...uids: readonly [study: string, series: string, instance: string]): string {
  const [study, series, instance] = uids.map(encodeURIComponent)
  return `/studies/${study}/series/${series}/instances/${instance}`
}

function withoutBulkData(dataset: z.output<typeof metadataSchema>[number]): DicomDataset {
  const kept: Record<string, DicomElement> = {}
  for (const [tag, { vr, Value, InlineBinary, BulkDataURI }] of Object.entries(dataset)) {
    if (BulkDataURI !== undefined) continue
    kept[tag] = { vr, ...(Value && { Value }), ...(InlineBinary !== undefined && { InlineBinary }) }
  }
  return kept
}
