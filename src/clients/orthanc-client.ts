import { z } from 'zod'
import { notFound } from './http/errors.ts'
import { exchange, exchangeJson, maxJsonBytes } from './http/exchange.ts'
import type { HttpService } from './http/http-service.ts'

/** The option to abort a call. */
export interface Abortable {
  readonly signal?: AbortSignal | undefined
}

const systemSchema = z.object({
  Name: z.string(),
  Version: z.string(),
  ApiVersion: z.number(),
  /** Absent before Orthanc 1.12.0, which introduced labels. */
  HasLabels: z.boolean().default(false),
})
type OrthancSystem = z.output<typeof systemSchema>

/** A time of Orthanc's clock in UTC, `20261130T075839`; undefined if it is something else. */
const timeSchema = z.string().transform((text) => {
  const ms = Date.parse(text.replace(/^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)$/, '$1-$2-$3T$4:$5:$6Z'))
  return Number.isNaN(ms) ? undefined : new Date(ms)
})

const changeSchema = z.object({
  ChangeType: z.string(),
  /** When Orthanc wrote it. */
  Date: timeSchema,
  ID: z.string(),
  ResourceType: z.string(),
  Seq: z.number().int(),
})
export type OrthancChange = z.output<typeof changeSchema>

const changesSchema = z.object({ Changes: z.array(changeSchema), Done: z.boolean(), Last: z.number().int() })
export type OrthancChanges = z.output<typeof changesSchema>

const studySchema = z.object({
  ID: z.string(),
  IsStable: z.boolean(),
  /** When it received its latest object. */
  LastUpdate: timeSchema.optional(),
  MainDicomTags: z.object({ StudyInstanceUID: z.string().min(1), AccessionNumber: z.string().default('') }),
  PatientMainDicomTags: z
    .object({
      PatientID: z.string().default(''),
      PatientName: z.string().default(''),
      PatientBirthDate: z.string().default(''),
      PatientSex: z.string().default(''),
    })
    .prefault({}),
})
export type OrthancStudy = z.output<typeof studySchema>

const seriesSchema = z.object({
  Instances: z.array(z.string()),
  LastUpdate: timeSchema.optional(),
  MainDicomTags: z.object({
    SeriesInstanceUID: z.string().min(1),
    Modality: z.string().default(''),
    Manufacturer: z.string().default(''),
    SeriesDescription: z.string().default(''),
  }),
})
export type OrthancSeries = z.output<typeof seriesSchema>

const foundSchema = z.array(z.object({ ID: z.string(), Type: z.string() }))

/** The functions of Orthanc's REST API that DICOMweb lacks. Works from Orthanc 1.10 on. */
export class OrthancClient {
  readonly #service: HttpService

  constructor(service: HttpService) {
    this.#service = service
  }

  /** The identity of the server; also proves that address and user are right. */
  system(options: Abortable = {}): Promise<OrthancSystem> {
    return this.#get('/system', systemSchema, options)
  }

  /**
   * A page of the change log after `since`, oldest first. `Last` is the number of the last change in the page, or if
   * the page is empty, the last number that Orthanc ever assigned.
   */
  changes(since: number, limit: number, options: Abortable = {}): Promise<OrthancChanges> {
    return this.#get(`/changes?since=${since}&limit=${limit}`, changesSchema, options)
  }

  /** The last change of the log, if it still exists, and the last number that Orthanc ever assigned. */
  lastChange(options: Abortable = {}): Promise<OrthancChanges> {
    return this.#get('/changes?last', changesSchema, options)
  }

  /** A page of all studies, in an order of Orthanc's own. The first is number 0. */
  studies(since: number, limit: number, options: Abortable = {}): Promise<OrthancStudy[]> {
    return this.#get(`/studies?expand&since=${since}&limit=${limit}`, z.array(studySchema), options)
  }

  /** Undefined if the study no longer exists; the same applies to the methods below. */
  study(orthancId: string, options: Abortable = {}): Promise<OrthancStudy | undefined> {
    return orUndefined(this.#get(`/studies/${encodeURIComponent(orthancId)}`, studySchema, options))
  }

  seriesOfStudy(orthancId: string, options: Abortable = {}): Promise<OrthancSeries[] | undefined> {
    return orUndefined(this.#get(`/studies/${encodeURIComponent(orthancId)}/series`, z.array(seriesSchema), options))
  }

  studyOfInstance(orthancId: string, options: Abortable = {}): Promise<OrthancStudy | undefined> {
    return orUndefined(this.#get(`/instances/${encodeURIComponent(orthancId)}/study`, studySchema, options))
  }

  /** Orthanc's id of the study from which a study was made by modification; undefined if it was not. */
  async modifiedFrom(orthancId: string, { signal }: Abortable = {}): Promise<string | undefined> {
    const path = `/studies/${encodeURIComponent(orthancId)}/metadata/ModifiedFrom`
    const request = { method: 'GET', path, accept: 'text/plain', effect: 'read', maxBytes: 1000, signal } as const
    const answer = await orUndefined(exchange(this.#service, request))
    return answer && new TextDecoder().decode(answer)
  }

  /** Orthanc's ids of the resources with that UID: more than one if the same UID was stored under two patients. */
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

  /** The Part 10 file of an instance as stored. */
  instanceFile(
    orthancId: string,
    maxBytes: number,
    options: Abortable = {},
  ): Promise<Uint8Array<ArrayBuffer> | undefined> {
    const path = `/instances/${encodeURIComponent(orthancId)}/file`
    const request = { method: 'GET', path, accept: 'application/dicom', effect: 'read', maxBytes } as const
    return orUndefined(exchange(this.#service, { ...request, signal: options.signal }))
  }

  /** Adds a label to a study (Orthanc 1.12.0 or later); an existing label stays. */
  async addLabel(orthancId: string, label: string, options: Abortable = {}): Promise<void> {
    await this.#put(`/studies/${encodeURIComponent(orthancId)}/labels/${encodeURIComponent(label)}`, '', options)
  }

  /** @param metadata a number from 1024 to 65535, the range that Orthanc leaves to its users */
  async setMetadata(orthancId: string, metadata: number, value: string, options: Abortable = {}): Promise<void> {
    await this.#put(`/studies/${encodeURIComponent(orthancId)}/metadata/${metadata}`, value, options)
  }

  /** Removes a label from a study. Does nothing if the study or its label does not exist. */
  removeLabel(orthancId: string, label: string, options: Abortable = {}): Promise<void> {
    return this.#delete(`/studies/${encodeURIComponent(orthancId)}/labels/${encodeURIComponent(label)}`, options)
  }

  /** Removes a metadata value from a study. Does nothing if the study has none. */
  removeMetadata(orthancId: string, metadata: number, options: Abortable = {}): Promise<void> {
    return this.#delete(`/studies/${encodeURIComponent(orthancId)}/metadata/${metadata}`, options)
  }

  /**
   * Asks for a harmless write: metadata of a study that does not exist.
   * @throws HTTP_UNAUTHORIZED if our user may only read
   */
  async requireWriteAccess(): Promise<void> {
    await orUndefined(this.#put('/studies/lung-triage-write-check/metadata/1024', '', {}))
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
