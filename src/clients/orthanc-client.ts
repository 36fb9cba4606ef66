import { z } from 'zod'
import { notFound } from './http/errors.ts'
import { exchange, exchangeJson } from './http/exchange.ts'
import type { HttpService } from './http/http-service.ts'

/** Whether a call may be ended from outside. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

const systemSchema = z.object({
  Name: z.string(),
  Version: z.string(),
  ApiVersion: z.number(),
  /** Absent before 1.12.0, which brought labels. */
  HasLabels: z.boolean().default(false),
})
type OrthancSystem = z.output<typeof systemSchema>

const changeSchema = z.object({
  ChangeType: z.string(),
  ID: z.string(),
  ResourceType: z.string(),
  Seq: z.number().int(),
})
export type OrthancChange = z.output<typeof changeSchema>

const changesSchema = z.object({ Changes: z.array(changeSchema), Done: z.boolean(), Last: z.number().int() })
type OrthancChanges = z.output<typeof changesSchema>

const studySchema = z.object({
  ID: z.string(),
  IsStable: z.boolean(),
  MainDicomTags: z.object({ StudyInstanceUID: z.string().min(1) }),
})
type OrthancStudy = z.output<typeof studySchema>

const seriesSchema = z.object({
  Instances: z.array(z.string()),
  MainDicomTags: z.object({ SeriesInstanceUID: z.string().min(1), Modality: z.string().default('') }),
})
export type OrthancSeries = z.output<typeof seriesSchema>

const foundSchema = z.array(z.object({ ID: z.string(), Type: z.string() }))

const maxJsonBytes = 64 * 2 ** 20

/** Orthanc's own REST API, as far as DICOMweb lacks it. Works from Orthanc 1.10 on. */
export class OrthancClient {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /** Who answers; also proves that address and user are right. */
  system(options: Abortable = {}): Promise<OrthancSystem> {
    return this.#get('/system', systemSchema, options)
  }

  /**
   * A page of the log of changes after `since`, oldest first. `Last` is the last number given, or, where there is nothing after
   * `since`, the last one Orthanc ever gave.
   */
  changes(since: number, limit: number, options: Abortable = {}): Promise<OrthancChanges> {
    return this.#get(`/changes?since=${since}&limit=${limit}`, changesSchema, options)
  }

  /** Undefined when there is no such study any more; so with all below. */
  study(orthancId: string, options: Abortable = {}): Promise<OrthancStudy | undefined> {
    return orUndefined(this.#get(`/studies/${encodeURIComponent(orthancId)}`, studySchema, options))
  }

  seriesOfStudy(orthancId: string, options: Abortable = {}): Promise<OrthancSeries[] | undefined> {
    return orUndefined(this.#get(`/studies/${encodeURIComponent(orthancId)}/series`, z.array(seriesSchema), options))
  }

  studyOfInstance(orthancId: string, options: Abortable = {}): Promise<OrthancStudy | undefined> {
    return orUndefined(this.#get(`/instances/${encodeURIComponent(orthancId)}/study`, studySchema, options))
  }

  /** Orthanc's ids of the resources with that UID: more than one where the same UID came under two patients. */
  async lookup(type: 'Study' | 'Series' | 'Instance', uid: string, options: Abortable = {}): Promise<string[]> {
    const request = {
      method: 'POST',
      path: '/tools/lookup',
      body: { contentType: 'text/plain', data: uid },
      effect: 'read',
      maxBytes: maxJsonBytes,
      signal: options.signal,
    } as const
    const found = await exchangeJson(this.#service, request, foundSchema)
    return found.filter((resource) => resource.Type === type).map((resource) => resource.ID)
  }

  /** The Part 10 file of an instance as it was stored. */
  instanceFile(
    orthancId: string,
    maxBytes: number,
    options: Abortable = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/file`
    const request = { method: 'GET', path, accept: 'application/dicom', effect: 'read', maxBytes } as const
    return orUndefined(exchange(this.#service, { ...request, signal: options.signal }))
  }

  /** Puts a label on a study, from Orthanc 1.12.0 on; one that is there already stays. */
  async addLabel(orthancId: string, label: string, options: Abortable = {}): Promise<void> {
    await this.#put(`/studies/${encodeURIComponent(orthancId)}/labels/${encodeURIComponent(label)}`, '', options)
  }

  /** @param metadata a number of 1024 to 65535, which Orthanc leaves to its users */
  async setMetadata(orthancId: string, metadata: number, value: string, options: Abortable = {}): Promise<void> {
    await this.#put(`/studies/${encodeURIComponent(orthancId)}/metadata/${metadata}`, value, options)
  }

  /** Takes a label off a study; without harm where it is not on it, or the study is gone. */
  removeLabel(orthancId: string, label: string, options: Abortable = {}): Promise<void> {
    return this.#delete(`/studies/${encodeURIComponent(orthancId)}/labels/${encodeURIComponent(label)}`, options)
  }

  /** Takes a metadata off a study; without harm where it has none. */
  removeMetadata(orthancId: string, metadata: number, options: Abortable = {}): Promise<void> {
    return this.#delete(`/studies/${encodeURIComponent(orthancId)}/metadata/${metadata}`, options)
  }

  async #delete(path: string, options: Abortable): Promise<void> {
    const request = { method: 'DELETE', path, accept: '*/*', effect: 'write', maxBytes: maxJsonBytes } as const
    await orUndefined(exchange(this.#service, { ...request, signal: options.signal }))
  }

  async #put(path: string, data: string, options: Abortable): Promise<void> {
    const body = { contentType: 'text/plain', data }
    const request = { method: 'PUT', path, accept: '*/*', body, effect: 'write', maxBytes: maxJsonBytes } as const
    await exchange(this.#service, { ...request, signal: options.signal })
  }

  #get<Schema extends z.ZodType>(path: string, schema: Schema, options: Abortable): Promise<z.output<Schema>> {
    const request = { method: 'GET', path, effect: 'read', maxBytes: maxJsonBytes, signal: options.signal } as const
    return exchangeJson(this.#service, request, schema)
  }
}

async function orUndefined<Value>(answer: Promise<Value>): Promise<Value | undefined> {
  try {
    return await answer
  } catch (error) {
    if (notFound.matches(error)) return undefined
    throw error
  }
}
