import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { StudyRef } from './study.ts'

/** Largest Structured Report that is read. Reports have no pixels. */
const maxReportBytes = 32 * 2 ** 20

/**
 * Reads whole Structured Reports from Orthanc as they were signed. DICOMweb metadata can be configured to omit their
 * content.
 */
export class OrthancReports {
  readonly #orthanc: OrthancClient

  constructor(orthanc: OrthancClient) {
    this.#orthanc = orthanc
  }

  /**
   * The Part 10 files of the SR series of a study.
   * @param except Series Instance UIDs to leave out
   * @throws HTTP_*
   */
  async structuredReports(study: StudyRef, except: ReadonlySet<string>): Promise<Uint8Array<ArrayBuffer>[]> {
    const ids =
      study.orthancId === undefined ? await this.#orthanc.lookup('Study', study.studyInstanceUid) : [study.orthancId]
    const files: Uint8Array<ArrayBuffer>[] = []
    for (const orthancId of ids) {
      for (const { MainDicomTags, Instances } of (await this.#orthanc.seriesOfStudy(orthancId)) ?? []) {
        if (MainDicomTags.Modality !== 'SR' || except.has(MainDicomTags.SeriesInstanceUID)) continue
        for (const instance of Instances) {
          const file = await this.#orthanc.instanceFile(instance, maxReportBytes)
          if (file !== undefined) files.push(file)
        }
      }
    }
    return files
  }
}
