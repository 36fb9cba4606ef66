import { z } from 'zod'
import { TriageError } from '../errors.ts'
import { exchange, exchangeJson } from '../http/exchange.ts'
import { firstPart } from '../http/multipart.ts'
import { type HttpService, describeService } from '../http/service.ts'
import type { DicomDataset, DicomElement } from '../pixels/dataset.ts'
import { transferSyntax } from '../pixels/transfer-syntax.ts'
import type { ImageArchive, ImageRef } from './archive.ts'
import { imageNotFound, studyNotFound } from './errors.ts'
import type { OrthancClient } from './orthanc-client.ts'
import type { StudyRef } from './study.ts'

const elementSchema = z.object({
  vr: z.string(),
  Value: z.array(z.unknown()).optional(),
  InlineBinary: z.string().optional(),
  BulkDataURI: z.string().optional(),
})
const metadataSchema = z.array(z.record(z.string().regex(/^[0-9A-F]{8}$/), elementSchema))

/** Limits of what is read in one go. */
export interface ArchiveLimits {
  /** Headers of a whole study, as JSON. */
  readonly maxMetadataBytes: number
  /** One image. */
  readonly maxImageBytes: number
}

const defaultLimits: ArchiveLimits = { maxMetadataBytes: 256 * 2 ** 20, maxImageBytes: 512 * 2 ** 20 }

/**
 * Reads from Orthanc: headers through DICOMweb (WADO-RS metadata, which is the DICOM JSON Model and the same at any archive), files
 * through Orthanc's own API, which gives them as they were stored, without multipart and transcoding.
 */
export class OrthancArchive implements ImageArchive {
  readonly #orthanc: OrthancClient
  readonly #dicomWeb: HttpService
  readonly #limits: ArchiveLimits

  constructor(orthanc: OrthancClient, dicomWeb: HttpService, limits: ArchiveLimits = defaultLimits) {
    this.#orthanc = orthanc
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
      if (!(error instanceof TriageError) || error.code !== 'HTTP_NOT_FOUND') throw error
      throw studyNotFound(describeService(this.#dicomWeb))
    }
  }

  /** @throws INTAKE_IMAGE_NOT_FOUND, HTTP_* */
  async fetchImage(image: ImageRef): Promise<Uint8Array<ArrayBuffer>> {
    const orthancId = await this.#find(image)
    const bytes = orthancId && (await this.#orthanc.instanceFile(orthancId, this.#limits.maxImageBytes))
    if (!bytes) throw imageNotFound()
    return bytes
  }

  /**
   * WADO-RS with a transfer syntax to choose (PS3.18 8.7.3.5.2); an archive that cannot transcode says 406, Orthanc 500.
   * @throws HTTP_*
   */
  async fetchUncompressed(image: ImageRef): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const uids = [image.studyInstanceUid, image.seriesInstanceUid, image.sopInstanceUid].map(encodeURIComponent)
    const request = {
      method: 'GET',
      path: `/studies/${uids[0]}/series/${uids[1]}/instances/${uids[2]}`,
      accept: `multipart/related; type="application/dicom"; transfer-syntax=${transferSyntax.explicitLittleEndian}`,
      effect: 'read',
      refusals: new Set([500, 501]),
      maxBytes: this.#limits.maxImageBytes,
    } as const
    try {
      return firstPart(await exchange(this.#dicomWeb, request))
    } catch (error) {
      if (error instanceof TriageError && error.code === 'HTTP_REFUSED') return undefined
      throw error
    }
  }

  /** A SOP Instance UID may be there twice, under two patients or, against the standard, in two studies. */
  async #find(image: ImageRef): Promise<string | undefined> {
    const candidates = await this.#orthanc.lookup('Instance', image.sopInstanceUid)
    if (candidates.length < 2) return candidates[0]
    for (const candidate of candidates) {
      const study = await this.#orthanc.studyOfInstance(candidate)
      if (study?.MainDicomTags.StudyInstanceUID === image.studyInstanceUid) return candidate
    }
    return undefined
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
