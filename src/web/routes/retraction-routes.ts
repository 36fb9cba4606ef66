import express, { type Request } from 'express'
import { z } from 'zod'
import { type ApiOptions } from './api-routes.ts'
import { requireActor } from '../access/http-access.ts'
import { requestInvalid } from '../errors.ts'
import { modelUnknown } from '../../service/retraction/errors.ts'
import type { Retraction } from '../../service/retraction/retraction.ts'
import { type Route, get, post } from './route.ts'
import type { Store } from '../../service/store/store.ts'

/** `NAME/VERSION`, or only the version. */
const body = z.strictObject({ model: z.string().min(1).max(200) })

/** Retracts a model and reports the progress of withdrawing its results. */
export function retractionRoutes({ store, access, retractModel }: ApiOptions): readonly Route[] {
  return [
    post('/api/retractions', express.json({ limit: '4kb' }), (request, response) => {
      const asked = body.safeParse(request.body)
      if (!asked.success) throw requestInvalid(z.prettifyError(asked.error))
      const retraction = retractModel(asked.data.model, requireActor(request, access))
      response.status(202).json(retractionJson(retraction, store))
    }),
    get('/api/retractions', (_request, response) => {
      response.json({ retractions: store.retractions.all().map((one) => retractionJson(one, store)) })
    }),
    get('/api/retractions/:name/:version', (request, response) => {
      response.json(retractionJson(requireRetraction(request, store), store))
    }),
  ]
}

function requireRetraction({ params }: Request, { retractions }: Store): Retraction {
  const found = retractions.get(`${String(params['name'])}/${String(params['version'])}`)
  if (found === undefined) throw modelUnknown(retractions.all().map(({ model }) => model))
  return found
}

function retractionJson({ model, at, actor }: Retraction, { retractions }: Store): Record<string, unknown> {
  return { model, retractedAt: at.toISOString(), actor, ...retractions.progress(model) }
}
