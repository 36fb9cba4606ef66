import { z } from 'zod'
import { causeCode, isCertificateFailure, mayPass } from '../../clients/http/failures.ts'
import { parseJsonText } from '../../clients/http/json.ts'
import { TriageError } from '../../errors/triage-error.ts'
import type { StudyArrival } from '../../intake/feed/change-feed.ts'
import { requireSettings } from '../../settings/read-settings.ts'
import { jobStates } from '../../service/queue/job-states.ts'
import {
  type CancelEffect,
  type EnqueueEffect,
  cancelEffects,
  enqueueEffects,
} from '../../service/queue/queue-effects.ts'
import type { Settings } from '../../settings/settings.ts'
import { serviceAddress } from './service-address.ts'
import { serviceBusy, serviceCertificateDiffers, serviceRefused, serviceSilent } from './service-client-errors.ts'
import { type ServiceAddress, type ServiceQuestion, askPinned } from './service-request.ts'

const refusalSchema = z.object({ code: z.string(), message: z.string() })
const studiesSchema = z.object({
  studies: z.array(
    z.object({
      studyInstanceUid: z.string(),
      state: z.enum(jobStates),
      deliveries: z.array(z.object({ target: z.string(), state: z.string(), acknowledgement: z.unknown().optional() })),
    }),
  ),
})
const queueSchema = z.object({ effect: z.enum(enqueueEffects) })
const retriedSchema = z.object({ effect: z.literal('queued') })
const cancelSchema = z.object({ effect: z.enum(cancelEffects) })
const retractionSchema = z.object({
  model: z.string(),
  retractedAt: z.string(),
  pending: z.number(),
  done: z.number(),
  failed: z.number(),
  problems: z.array(z.object({ code: z.string(), reason: z.string() })),
})

export type RetractionState = z.output<typeof retractionSchema>

export interface DeadDelivery {
  readonly studyInstanceUid: string
  readonly target: string
}

/** What failed and is not retried by itself. */
interface DeadLetters {
  readonly studies: readonly string[]
  /** Without those that a user has acknowledged. */
  readonly deliveries: readonly DeadDelivery[]
}

const backupTimeoutMs = 60 * 60_000

/** Client of the running service's HTTP API. Only the service opens queue and state. All methods throw COMMAND_*. */
export class ServiceClient {
  readonly #service: ServiceAddress

  constructor(service: ServiceAddress) {
    this.#service = service
  }

  /** Rejects if no service answers. */
  async requireRunning(): Promise<void> {
    await this.#ask({ method: 'GET', path: '/health/live' }, z.unknown())
  }

  /** Queues a past study in the backfill lane, behind new studies. */
  async queuePast({ study, series }: Pick<StudyArrival, 'study' | 'series'>): Promise<EnqueueEffect> {
    const body = { studyInstanceUid: study.studyInstanceUid, lane: 'backfill', series }
    return (await this.#ask({ method: 'POST', path: '/api/studies', body }, queueSchema)).effect
  }

  async retry(studyInstanceUid: string): Promise<EnqueueEffect> {
    return (await this.#ask({ method: 'POST', path: actionPath(studyInstanceUid, 'retry') }, queueSchema)).effect
  }

  async cancel(studyInstanceUid: string): Promise<CancelEffect> {
    return (await this.#ask({ method: 'POST', path: actionPath(studyInstanceUid, 'cancel') }, cancelSchema)).effect
  }

  async retryDelivery({ studyInstanceUid, target }: DeadDelivery): Promise<'queued'> {
    const path = actionPath(studyInstanceUid, `deliveries/${target}/retry`)
    return (await this.#ask({ method: 'POST', path }, retriedSchema)).effect
  }

  /** All dead letters. The worklist of any period includes every one, however old. */
  async deadLetters(): Promise<DeadLetters> {
    const { studies } = await this.#ask({ method: 'GET', path: '/api/studies?period=1' }, studiesSchema)
    return {
      studies: studies.filter(({ state }) => state === 'dead').map(({ studyInstanceUid }) => studyInstanceUid),
      deliveries: studies.flatMap(({ studyInstanceUid, deliveries }) =>
        deliveries
          .filter(({ state, acknowledgement }) => state === 'dead' && acknowledgement === undefined)
          .map(({ target }) => ({ studyInstanceUid, target })),
      ),
    }
  }

  retract(model: string): Promise<RetractionState> {
    return this.#ask({ method: 'POST', path: '/api/retractions', body: { model } }, retractionSchema)
  }

  /** Has the service copy its databases into its state folder. Large databases take minutes. */
  async backUp(): Promise<void> {
    await this.#ask({ method: 'POST', path: '/api/backups', timeoutMs: backupTimeoutMs }, z.unknown())
  }

  /** The progress of a model's retraction. */
  retraction(model: string): Promise<RetractionState> {
    const path = `/api/retractions/${model.split('/').map(encodeURIComponent).join('/')}`
    return this.#ask({ method: 'GET', path }, retractionSchema)
  }

  /** @throws COMMAND_SERVICE_SILENT, COMMAND_SERVICE_BUSY, COMMAND_SERVICE_REFUSED, COMMAND_CERTIFICATE_DIFFERS */
  async #ask<Schema extends z.ZodType>(question: ServiceQuestion, schema: Schema): Promise<z.output<Schema>> {
    const { status, answer } = await fetchJson(this.#service, question)
    const known = schema.safeParse(answer)
    if (status < 400 && known.success) return known.data
    const refusal = refusalSchema.safeParse(answer)
    const reason = refusal.success
      ? refusal.data.message
      : `HTTP ${status}; another program may be listening on that port.`
    throw mayPass(status) ? serviceBusy(reason) : serviceRefused(reason)
  }
}

/**
 * The client of the service that runs with this configuration.
 * @throws CONFIGURATION_*, COMMAND_PORT_UNKNOWN, COMMAND_TOKEN_MISSING, COMMAND_CERTIFICATE_MISSING
 */
export async function openServiceClient(configuration: string): Promise<ServiceClient> {
  return serviceClientOf(await requireSettings(configuration, process.env))
}

/**
 * The client of the service that runs with these settings.
 * @throws COMMAND_PORT_UNKNOWN, COMMAND_TOKEN_MISSING, COMMAND_CERTIFICATE_MISSING
 */
export async function serviceClientOf(settings: Settings): Promise<ServiceClient> {
  return new ServiceClient(await serviceAddress(settings))
}

async function fetchJson(
  service: ServiceAddress,
  question: ServiceQuestion,
): Promise<{ status: number; answer: unknown }> {
  try {
    const { status, text } = await askPinned(service, question)
    return { status, answer: parseJsonText(text) }
  } catch (error) {
    if (error instanceof TriageError) throw error
    const code = causeCode(error)
    throw isCertificateFailure(code) ? serviceCertificateDiffers(service.url, code) : serviceSilent(service.url, code)
  }
}

function actionPath(studyInstanceUid: string, action: string): string {
  return `/api/studies/${encodeURIComponent(studyInstanceUid)}/${action}`
}
