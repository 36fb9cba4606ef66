import { z } from 'zod'
import { notFound, refused } from './http/errors.ts'
import { type HttpRequest, exchangeJson } from './http/exchange.ts'
import type { HttpService } from './http/http-service.ts'
import type { DicomObject } from '../report/result-objects.ts'
import { modalityFailed, modalityUnknown } from '../deliver/errors.ts'

const transactionSchema = z.object({ ID: z.string() })

const reportSchema = z.object({
  Status: z.enum(['Pending', 'Success', 'Failure']),
  Failures: z.array(z.unknown()).default([]),
})
export type CommitmentReport = z.output<typeof reportSchema>

/** The DICOM peers that Orthanc's configuration names, as Orthanc's REST API reaches them. */
export class OrthancModalities {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /** Symbolic names of `DicomModalities`. */
  names(): Promise<string[]> {
    const request = { method: 'GET', path: '/modalities', effect: 'read', maxBytes } as const
    return exchangeJson(this.#service, request, z.array(z.string()))
  }

  /**
   * C-STORE of instances that Orthanc has. A receiver that has them already keeps one of each.
   * @throws DELIVER_MODALITY_UNKNOWN, DELIVER_MODALITY_FAILED, HTTP_*
   */
  async store(modality: string, orthancIds: readonly string[]): Promise<void> {
    const body = { Resources: orthancIds, Synchronous: true, Timeout: this.#timeoutSeconds() }
    try {
      await exchangeJson(this.#service, post(`/modalities/${encodeURIComponent(modality)}/store`, body), z.unknown())
    } catch (thrown) {
      if (notFound.matches(thrown)) throw modalityUnknown(modality)
      if (refused.matches(thrown)) throw modalityFailed(modality)
      throw thrown
    }
  }

  /**
   * Asks a receiver that has just taken objects for storage commitment.
   * @returns the transaction to ask a report of; undefined where the receiver offers none
   */
  async requestCommitment(modality: string, objects: readonly DicomObject[]): Promise<string | undefined> {
    const instances = objects.map(({ sopClassUid, sopInstanceUid }) => ({
      SOPClassUID: sopClassUid,
      SOPInstanceUID: sopInstanceUid,
    }))
    const path = `/modalities/${encodeURIComponent(modality)}/storage-commitment`
    const body = { DicomInstances: instances, Timeout: this.#timeoutSeconds() }
    try {
      return (await exchangeJson(this.#service, post(path, body), transactionSchema)).ID
    } catch (thrown) {
      if (refused.matches(thrown)) return undefined
      throw thrown
    }
  }

  commitmentReport(transaction: string): Promise<CommitmentReport> {
    const path = `/storage-commitment/${encodeURIComponent(transaction)}`
    return exchangeJson(this.#service, { method: 'GET', path, effect: 'read', maxBytes }, reportSchema)
  }

  /** Orthanc gives up on the receiver before we give up on Orthanc, so that its answer tells which of the two it was. */
  #timeoutSeconds(): number {
    return Math.max(1, Math.floor(this.#service.timeoutMs / 2000))
  }
}

const maxBytes = 2 ** 20
/** How Orthanc says that the receiver did not do it; an Orthanc that does not answer at all is another matter. */
const refusals = new Set([500])

function post(path: string, body: unknown): Omit<HttpRequest, 'accept'> {
  const json = { contentType: 'application/json', data: JSON.stringify(body) }
  return { method: 'POST', path, body: json, effect: 'write', maxBytes, refusals }
}
