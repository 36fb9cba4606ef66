import type { HttpService } from '../clients/http/http-service.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { ImageArchive, ImageRef } from './archive.ts'
import { type ArchiveLimits, DicomWebArchive, archiveLimits } from './dicomweb-archive.ts'
import { imageNotFound } from './errors.ts'
import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { StudyRef } from './study.ts'

/**
 * Reads from Orthanc. Headers and uncompressed files come by DICOMweb, as from any archive. Files as stored come
 * through Orthanc's own API, without multipart and transcoding.
 */
export class OrthancArchive implements ImageArchive {
  readonly #orthanc: OrthancClient
  readonly #dicomWeb: DicomWebArchive
  readonly #limits: ArchiveLimits

  constructor(orthanc: OrthancClient, dicomWeb: HttpService, limits: ArchiveLimits = archiveLimits) {
    this.#orthanc = orthanc
    this.#dicomWeb = new DicomWebArchive(dicomWeb, limits)
    this.#limits = limits
  }

  /** @throws INTAKE_STUDY_NOT_FOUND, HTTP_* */
  listImages(study: StudyRef): Promise<DicomDataset[]> {
    return this.#dicomWeb.listImages(study)
  }

  /** @throws INTAKE_IMAGE_NOT_FOUND, HTTP_* */
  async fetchImage(image: ImageRef): Promise<Uint8Array<ArrayBuffer>> {
    const orthancId = await this.#find(image)
    const bytes = orthancId && (await this.#orthanc.instanceFile(orthancId, this.#limits.maxImageBytes))
    if (!bytes) throw imageNotFound()
    return bytes
  }

  /** @throws HTTP_* */
  fetchUncompressed(image: ImageRef): Promise<Uint8Array<ArrayBuffer> | undefined> {
    return this.#dicomWeb.fetchUncompressed(image)
  }

  /** A SOP Instance UID can occur twice: under two patients or, against the standard, in two studies. */
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
