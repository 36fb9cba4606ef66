import type { HttpService } from '../clients/http/http-service.ts'
import type { DicomDataset } from '../dicom/dataset.ts'
import type { ImageArchive, ImageRef } from './archive.ts'
import { type ArchiveLimits, DicomWebArchive, archiveLimits } from './dicomweb-archive.ts'
import { parseDicomFile } from '../dicom/dicom-file.ts'
import { imageNotFound, patientsDiffer, studyNotFound } from './errors.ts'
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

  /** @throws INTAKE_STUDY_NOT_FOUND, INTAKE_PATIENTS_DIFFER, HTTP_* */
  async listImages(study: StudyRef): Promise<DicomDataset[]> {
    try {
      return await this.#dicomWeb.listImages(study)
    } catch (error) {
      if (!studyNotFound.matches(error)) throw error
      return this.#listSharedUid(study, error)
    }
  }

  /** @throws HTTP_* */
  async readHeader(study: StudyRef, image: ImageRef): Promise<DicomDataset | undefined> {
    const header = await this.#dicomWeb.readHeader(study, image)
    if (header !== undefined) return header
    const orthancId = await this.#find(image)
    const file = orthancId && (await this.#orthanc.instanceFile(orthancId, this.#limits.maxImageBytes))
    return file ? parseDicomFile(file).dataset : undefined
  }

  /** By DICOMweb, Orthanc does not find a study whose UID two patients have. Its own API tells them apart. */
  async #listSharedUid({ studyInstanceUid, orthancId }: StudyRef, notThere: Error): Promise<DicomDataset[]> {
    const studies = await this.#orthanc.lookup('Study', studyInstanceUid)
    if (studies.length < 2) throw notThere
    if (orthancId === undefined || !studies.includes(orthancId)) throw patientsDiffer()
    const series = (await this.#orthanc.seriesOfStudy(orthancId)) ?? []
    const datasets: DicomDataset[] = []
    for (const instance of series.flatMap(({ Instances }) => Instances)) {
      const file = await this.#orthanc.instanceFile(instance, this.#limits.maxImageBytes)
      if (file !== undefined) datasets.push(parseDicomFile(file).dataset)
    }
    return datasets
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

  /**
   * A SOP Instance UID can occur several times: under two patients or, against the standard, in two studies. Of another
   * study or patient it is another image.
   */
  async #find({ sopInstanceUid, studyInstanceUid, patientId }: ImageRef): Promise<string | undefined> {
    for (const candidate of await this.#orthanc.lookup('Instance', sopInstanceUid)) {
      const study = await this.#orthanc.studyOfInstance(candidate)
      const found = study && [study.MainDicomTags.StudyInstanceUID, study.PatientMainDicomTags.PatientID.trim()]
      if (found?.[0] === studyInstanceUid && found[1] === (patientId ?? '')) return candidate
    }
    return undefined
  }
}
