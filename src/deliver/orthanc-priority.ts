import type { OrthancClient } from '../clients/orthanc-client.ts'
import { studyNotMarked } from './errors.ts'
import type { PriorityMark } from './priority.ts'

interface OrthancPriorityOptions {
  /** Label of a raised study, since Orthanc 1.12.0. */
  readonly label: string
  /** Number of the metadata that holds the label in older versions (1024 to 65535 are free to use). */
  readonly metadata: number
}

/**
 * Marks studies in Orthanc with a label, which Orthanc Explorer 2 shows and filters by. Versions without labels get
 * metadata.
 */
export class OrthancPriority implements PriorityMark {
  readonly #orthanc: OrthancClient
  readonly #options: OrthancPriorityOptions

  constructor(orthanc: OrthancClient, options: OrthancPriorityOptions) {
    this.#orthanc = orthanc
    this.#options = options
  }

  /** @throws DELIVER_STUDY_NOT_MARKED if Orthanc no longer has the study, HTTP_* */
  async raise(studyInstanceUid: string): Promise<void> {
    const { label, metadata } = this.#options
    const { hasLabels, studies } = await this.#find(studyInstanceUid)
    if (studies.length === 0) throw studyNotMarked()
    for (const orthancId of studies) {
      if (hasLabels) await this.#orthanc.addLabel(orthancId, label)
      else await this.#orthanc.setMetadata(orthancId, metadata, label)
    }
  }

  /** A study that Orthanc no longer has carries no mark. */
  async takeBack(studyInstanceUid: string): Promise<void> {
    const { label, metadata } = this.#options
    const { hasLabels, studies } = await this.#find(studyInstanceUid)
    for (const orthancId of studies) {
      if (hasLabels) await this.#orthanc.removeLabel(orthancId, label)
      // It may have been marked before an upgrade to a version with labels.
      await this.#orthanc.removeMetadata(orthancId, metadata)
    }
  }

  async #find(studyInstanceUid: string): Promise<{ hasLabels: boolean; studies: readonly string[] }> {
    const [{ HasLabels }, studies] = await Promise.all([
      this.#orthanc.system(),
      this.#orthanc.lookup('Study', studyInstanceUid),
    ])
    return { hasLabels: HasLabels, studies }
  }
}
