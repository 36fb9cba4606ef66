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

/** The DICOM peers in Orthanc's configuration, reached through Orthanc's REST API. */
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
   * Sends instances that Orthanc holds by C-STORE. A receiver that already has them keeps one copy of each.
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
   * Requests storage commitment from a receiver that has just accepted objects.
   * @returns the transaction whose report to request; undefined if the receiver does not offer storage commitment
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

  /** Shorter than our own time-out for Orthanc, so that Orthanc's answer shows which of the two did not respond. */
  #timeoutSeconds(): number {
    return Math.max(1, Math.floor(this.#service.timeoutMs / 2000))
  }
}

const maxBytes = 2 ** 20
/** Orthanc answers with these if the receiver failed. An Orthanc that does not answer is a different failure. */
const refusals = new Set([500])

function post(path: string, body: unknown): Omit<HttpRequest, 'accept'> {
  const json = { contentType: 'application/json', data: JSON.stringify(body) }
  return { method: 'POST', path, body: json, effect: 'write', maxBytes, refusals }
}
