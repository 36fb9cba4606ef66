import { transportFailure, statusFailure } from '../clients/http/failures.ts'
import { type HttpService, describeService } from '../clients/http/http-service.ts'
import type { DicomObject } from '../report/result-objects.ts'
import { type StowAnswer, postInstances } from '../clients/dicomweb-post.ts'
import { instancesOf } from '../intake/study-search.ts'
import { objectDiscarded, objectRenamed, objectsPostponed, objectsRejected, objectsUnconfirmed } from './errors.ts'
import { type StowResult, describeFailureReason, parseStowResult, unnamedObject } from './stow-result.ts'

/** Stores DICOM objects of one study. An object that already exists counts as stored. */
export interface DicomStore {
  storeObjects(studyInstanceUid: string, objects: readonly DicomObject[]): Promise<void>
}

/** A DICOMweb archive, written by STOW-RS. */
export class StowStore implements DicomStore {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /**
   * Stores all objects or throws. Some may be stored when it throws; sending all of them again is safe.
   * @throws HTTP_* for the request as a whole, DELIVER_OBJECT* for single objects
   */
  async storeObjects(studyInstanceUid: string, objects: readonly DicomObject[]): Promise<void> {
    if (objects.length === 0) return
    const answer = await this.#post(objects)
    const result = parseStowResult(answer.text)
    this.#throwForFailed(objects, result)
    const silent = objects.filter((object) => !result.stored.has(object.sopInstanceUid))
    if (silent.length === 0) return this.#requireFound(studyInstanceUid, objects)
    // Orthanc answers 400 and omits objects that it cannot parse from its result.
    if (!mayHaveStored(answer.status)) throw statusFailure(this.#service, 'write', answer.status)
    throw objectsUnconfirmed(describeService(this.#service), silent.length)
  }

  /**
   * Searches for confirmed objects. Orthanc also confirms an object that its ReceivedInstanceFilter discards, or that a
   * lossy IngestTranscoding stores under a new UID.
   */
  async #requireFound(studyInstanceUid: string, objects: readonly DicomObject[]): Promise<void> {
    const server = describeService(this.#service)
    for (const { kind, seriesInstanceUid, sopInstanceUid } of objects) {
      const series = { studyInstanceUid, seriesInstanceUid }
      const found = await instancesOf(this.#service, { ...series, sopInstanceUid })
      if (found === undefined || found.includes(sopInstanceUid)) continue
      const others = (await instancesOf(this.#service, series)) ?? []
      const ours = new Set(objects.map((object) => object.sopInstanceUid))
      throw others.every((uid) => ours.has(uid)) ? objectDiscarded(server, kind) : objectRenamed(server, kind)
    }
  }

  async #post(objects: readonly DicomObject[]): Promise<StowAnswer> {
    try {
      return await postInstances(
        this.#service,
        objects.map((object) => object.bytes),
      )
    } catch (thrown) {
      throw transportFailure(this.#service, 'write', thrown)
    }
  }

  #throwForFailed(objects: readonly DicomObject[], { stored, failed }: StowResult): void {
    const server = describeService(this.#service)
    const failures = objects.flatMap(({ kind, sopInstanceUid }) => {
      const reason = failed.get(sopInstanceUid) ?? (stored.has(sopInstanceUid) ? undefined : failed.get(unnamedObject))
      return reason === undefined ? [] : [{ ...describeFailureReason(reason), kind }]
    })
    const sentences = failures.map((failure) => `${failure.kind}: ${failure.text}`)
    if (failures.some((failure) => !failure.mayPass)) throw objectsRejected(server, sentences)
    if (failures.length > 0) throw objectsPostponed(server, sentences)
  }
}

/**
 * A 409 names the objects that failed (PS3.18 10.5.3.1). If it names none, their content is not the cause, and a retry
 * may succeed.
 */
function mayHaveStored(status: number): boolean {
  return (status >= 200 && status < 300) || status === 409
}
