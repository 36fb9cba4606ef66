import { z } from 'zod'
import { answerInvalid, notFound, refused } from '../clients/http/errors.ts'
import { exchange, exchangeJson } from '../clients/http/exchange.ts'
import { firstPart } from '../clients/http/multipart.ts'
import { type HttpService, describeService } from '../clients/http/http-service.ts'
import type { DicomDataset, DicomElement } from '../dicom/dataset.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'
import type { ImageArchive, ImageRef } from './archive.ts'
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
    const request = {
      method: 'GET',
      path: `/studies/${encodeURIComponent(studyInstanceUid)}/metadata`,
      accept: 'application/dicom+json',
      effect: 'read',
      maxBytes: this.#limits.maxMetadataBytes,
    } as const
    try {
      const datasets = await exchangeJson(this.#dicomWeb, request, metadataSchema)
      return datasets.map(withoutBulkData)
    } catch (error) {
      if (notFound.matches(error)) throw studyNotFound(describeService(this.#dicomWeb))
      throw error
    }
  }

  /**
   * `transfer-syntax=*` requests the file as it is stored (PS3.18 8.7.3.5.2); without it, an archive may transcode it.
   * @throws INTAKE_IMAGE_NOT_FOUND, HTTP_*
   */
  async fetchImage(image: ImageRef): Promise<Uint8Array<ArrayBuffer>> {
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
  async fetchUncompressed(image: ImageRef): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const request = this.#retrieval(image, transferSyntax.explicitLittleEndian)
    try {
      return firstPart(await exchange(this.#dicomWeb, { ...request, refusals: new Set([500, 501]) }))
    } catch (error) {
      if (refused.matches(error)) return undefined
      throw error
    }
  }

  #retrieval(image: ImageRef, syntax: string) {
    const uids = [image.studyInstanceUid, image.seriesInstanceUid, image.sopInstanceUid].map(encodeURIComponent)
    return {
      method: 'GET',
      path: `/studies/${uids[0]}/series/${uids[1]}/instances/${uids[2]}`,
      accept: `multipart/related; type="application/dicom"; transfer-syntax=${syntax}`,
      effect: 'read',
      maxBytes: this.#limits.maxImageBytes,
    } as const
  }
}

function withoutBulkData(dataset: z.output<typeof metadataSchema>[number]): DicomDataset {
  const kept: Record<string, DicomElement> = {}
  for (const [tag, { vr, Value, InlineBinary, BulkDataURI }] of Object.entries(dataset)) {
    if (BulkDataURI !== undefined) continue
    kept[tag] = { vr, ...(Value && { Value }), ...(InlineBinary !== undefined && { InlineBinary }) }
  }
  return kept
}
