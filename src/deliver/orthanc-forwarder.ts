import { setTimeout as pause } from 'node:timers/promises'
import type { OrthancClient } from '../clients/orthanc-client.ts'
import type { DicomObject } from '../report/result-objects.ts'
import { objectsNotCommitted, objectsNotThere } from './errors.ts'
import type { CommitmentReport, OrthancModalities } from '../clients/orthanc-modalities.ts'
import type { ModalityOutcome } from './receipt.ts'

/** Forwards stored objects from the archive to other archives. Safe to repeat. */
export interface Forwarder {
  forward(objects: readonly DicomObject[]): Promise<readonly ModalityOutcome[]>
}

interface OrthancForwarderOptions {
  /** Symbolic names in Orthanc's `DicomModalities`. */
  readonly modalities: readonly string[]
  /** How long to wait for the storage commitment report. */
  readonly commitmentTimeoutMs: number
}

const pollEveryMs = 100

/** Forwards results from Orthanc by C-STORE, for sites where Orthanc only routes to the PACS. */
export class OrthancForwarder implements Forwarder {
  readonly #orthanc: OrthancClient
  readonly #modalities: OrthancModalities
  readonly #options: OrthancForwarderOptions

  constructor(orthanc: OrthancClient, modalities: OrthancModalities, options: OrthancForwarderOptions) {
    this.#orthanc = orthanc
    this.#modalities = modalities
    this.#options = options
  }

  /** @throws DELIVER_MODALITY_*, DELIVER_NOT_COMMITTED, DELIVER_OBJECTS_NOT_THERE, HTTP_* */
  async forward(objects: readonly DicomObject[]): Promise<readonly ModalityOutcome[]> {
    const found = await Promise.all(objects.map((object) => this.#orthanc.lookup('Instance', object.sopInstanceUid)))
    if (found.some((ids) => ids.length === 0)) throw objectsNotThere()
    const orthancIds = found.flat()
    const outcomes: ModalityOutcome[] = []
    // One by one, so that a failure names its modality. The next attempt sends to all of them again.
    for (const modality of this.#options.modalities) {
      await this.#modalities.store(modality, orthancIds)
      outcomes.push({ modality, status: await this.#commit(modality, objects) })
    }
    return outcomes
  }

  /** Storage commitment (PS3.4 J): the receiver confirms that it keeps the objects, not only that it received them. */
  async #commit(modality: string, objects: readonly DicomObject[]): Promise<ModalityOutcome['status']> {
    const transaction = await this.#modalities.requestCommitment(modality, objects)
    if (transaction === undefined) return 'sent'
    const report = await this.#awaitReport(transaction)
    if (report.Status === 'Pending') return 'commitment-pending'
    if (report.Status === 'Failure') throw objectsNotCommitted(modality, report.Failures.length)
    return 'committed'
  }

  /** A receiver may report hours later, after writing to long-term storage. That is not a failure. */
  async #awaitReport(transaction: string): Promise<CommitmentReport> {
    const timeout = AbortSignal.timeout(this.#options.commitmentTimeoutMs)
    for (;;) {
      const report = await this.#modalities.commitmentReport(transaction)
      if (report.Status !== 'Pending' || timeout.aborted) return report
      await pause(pollEveryMs)
    }
  }
}
