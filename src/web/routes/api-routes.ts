import express, { type Request } from 'express'
import { z } from 'zod'
import { uidSchema } from '../../dicom/uid.ts'
import { type Clock, dayMs } from '../../clock.ts'
import type { Access, Actor } from '../access/access.ts'
import { requireActor } from '../access/http-access.ts'
import { requestInvalid } from '../errors.ts'
import { identityNotInDoubt, studyUnknown } from '../../service/studies/errors.ts'
import type { Period } from '../pages/worklist-filter-form.ts'
import type { EnqueueEffect } from '../../service/queue/queue-effects.ts'
import { lanes } from '../../service/queue/queue.ts'
import { maxBodyBytes } from '../request-checks.ts'
import { identityInDoubt } from '../../intake/errors.ts'
import { identityVerdicts } from '../../report/identity/identity-change.ts'
import type { RetractModel } from '../../service/retraction/retract-model.ts'
import { type Route, get, post } from './route.ts'
import type { Action, Store, StudyRecord } from '../../service/store/store.ts'
import { studyJson } from './study-json.ts'
import { type CancelStudy, type TakeArrival, type TakeStudy, takePastStudy } from '../../service/studies/take-study.ts'
import { orderWorklist } from '../worklist.ts'

/** Whether a study whose patient was changed in doubt is still the same person's. */
const identityDecision = z.strictObject({ verdict: z.enum(identityVerdicts) })

const submission = z.strictObject({
  studyInstanceUid: uidSchema,
  orthancId: z
    .string()
    .regex(/^[0-9a-f]{8}(-[0-9a-f]{8}){4}$/)
    .optional(),
  lane: z.enum(lanes).default('normal'),
  /** Contents of the study. If given, as the Orthanc plugin does, they are compared with what was already analysed. */
  series: z
    .array(
      z.strictObject({
        seriesInstanceUid: uidSchema,
        modality: z.string().max(64),
        instanceCount: z.number().int().min(0),
      }),
    )
    .optional(),
})

const periodQuery = z.object({ period: z.enum(['1', '7', 'all']).catch('1') })

export interface ApiOptions {
  readonly access: Access
  readonly store: Store
  readonly takeStudy: TakeStudy
  readonly retractModel: RetractModel
  readonly takeArrival: TakeArrival
  readonly cancelStudy: CancelStudy
  readonly logKey: (studyInstanceUid: string) => string
  readonly clock: Clock
}

export function apiRoutes(options: ApiOptions): readonly Route[] {
  return [...readingRoutes(options), ...actionRoutes(options)]
}

function readingRoutes({ store, logKey, clock }: ApiOptions): readonly Route[] {
  const describe = (record: StudyRecord): Record<string, unknown> => {
    const { studyInstanceUid } = record.study
    return studyJson(record, {
      opinions: record.finding === undefined ? [] : store.opinions.standing(record.finding.resultKey),
      deliveries: store.deliveries.ofStudy(studyInstanceUid),
      logKey: logKey(studyInstanceUid),
    })
  }
  return [
    get('/api/studies', (request, response) => {
      const { present, others } = orderWorklist(store.studies.since(periodStart(periodOf(request, 'all'), clock)))
      response.json({ studies: [...present, ...others].map(describe) })
    }),
    get('/api/studies/:uid', (request, response) => {
      response.json(describe(requireStudy(request, store)))
    }),
    get('/api/studies/:uid/results', (request, response) => {
      const { study } = requireStudy(request, store)
      response.json({ results: store.results.ofStudy(study.studyInstanceUid) })
    }),
  ]
}

function actionRoutes(options: ApiOptions): readonly Route[] {
  const { store, takeStudy, cancelStudy, clock, access } = options
  const record = (actor: Actor, action: Action['action'], studyInstanceUid: string): void => {
    store.actions.record({ at: clock.now(), actor, action, studyInstanceUid })
  }
  return [
    post('/api/studies/:uid/retry', async (request, response) => {
      const { study } = requireStudy(request, store)
      record(requireActor(request, access), 'retry', study.studyInstanceUid)
      response.status(202).json({ effect: await takeStudy(study, 'normal', 'asked-for') })
    }),
    post('/api/studies/:uid/cancel', async (request, response) => {
      const { study } = requireStudy(request, store)
      record(requireActor(request, access), 'cancel', study.studyInstanceUid)
      response.json({ effect: await cancelStudy(study) })
    }),
    post('/api/studies/:uid/identity', express.json({ limit: maxBodyBytes }), async (request, response) => {
      const { study, progress } = requireStudy(request, store)
      const body = identityDecision.safeParse(request.body)
      if (!body.success) throw requestInvalid(z.prettifyError(body.error))
      const actor = requireActor(request, access)
      const resultKey = store.results.latestResultKey(study.studyInstanceUid)
      const isOpen = progress.state === 'dead' && progress.problem.code === identityInDoubt.code
      if (!isOpen || resultKey === undefined) throw identityNotInDoubt()
      record(actor, 'decide-identity', study.studyInstanceUid)
      store.results.decideIdentity(resultKey, body.data.verdict)
      response.status(202).json({ effect: await takeStudy(study, 'urgent', 'asked-for') })
    }),
    post('/api/studies', express.json({ limit: maxBodyBytes }), async (request, response) => {
      const body = submission.safeParse(request.body)
      if (!body.success) throw requestInvalid(z.prettifyError(body.error))
      const actor = requireActor(request, access)
      const effect = await takeSubmission(body.data, options)
      record(actor, 'submit', body.data.studyInstanceUid)
      response.status(202).json({ effect })
    }),
  ]
}

function takeSubmission(
  { studyInstanceUid, orthancId, lane, series }: z.output<typeof submission>,
  { store, takeStudy, takeArrival }: ApiOptions,
): Promise<EnqueueEffect> {
  const study = { studyInstanceUid, ...(orthancId !== undefined && { orthancId }) }
  if (lane === 'backfill') return takePastStudy({ study, series }, store, takeStudy)
  return series === undefined ? takeStudy(study, lane, 'arrived') : takeArrival({ study, series }, lane)
}

/** @throws SERVICE_STUDY_UNKNOWN */
export function requireStudy(request: Request, store: Store): StudyRecord {
  const uid = uidSchema.safeParse(request.params['uid'])
  const found = uid.success ? store.studies.get(uid.data) : undefined
  if (found === undefined) throw studyUnknown()
  return found
}

/** The requested period; `fallback` if the query has none. */
export function periodOf(request: Request, fallback: Period): Period {
  return 'period' in request.query ? periodQuery.parse(request.query).period : fallback
}

export function periodStart(period: Period, clock: Clock): Date {
  return period === 'all' ? new Date(0) : new Date(clock.now().getTime() - Number(period) * dayMs)
}
