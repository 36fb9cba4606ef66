import { readFile } from 'node:fs/promises'
import type { Request, Response } from 'express'
import sharp from 'sharp'
import { z } from 'zod'
import { actorOf } from './http-access.ts'
import { type ApiOptions, periodOf, periodStart, requireStudy } from './api-routes.ts'
import { pictureUnknown, resultWithdrawn } from './http-errors.ts'
import { type WorklistPageOptions, worklistPage, worklistSection } from './pages/worklist-page.ts'
import type { Route } from './route.ts'
import type { Store } from './store.ts'

const thumbnailSide = 176
const assets = [
  { path: '/assets/worklist.css', file: 'worklist.css', type: 'text/css' },
  { path: '/assets/quality.css', file: 'quality.css', type: 'text/css' },
  { path: '/assets/icon.svg', file: 'icon.svg', type: 'image/svg+xml' },
  { path: '/assets/worklist.js', file: 'worklist.js', type: 'text/javascript' },
]

export interface PageOptions extends ApiOptions, Omit<WorklistPageOptions, 'opinionsOn'> {}

export function pageRoutes(options: PageOptions): readonly Route[] {
  const { store, clock } = options
  const shown = { ...options, opinionsOn: (resultKey: string) => store.opinions.standing(resultKey) }
  const records = (request: Request) => store.studies.since(periodStart(periodOf(request, '1'), clock))
  return [
    {
      method: 'get',
      path: '/',
      handlers: [
        (request, response) => {
          response.type('html').send(worklistPage(records(request), periodOf(request, '1'), shown).text)
        },
      ],
    },
    {
      method: 'get',
      path: '/worklist',
      handlers: [
        (request, response) => {
          response.type('html').send(worklistSection(records(request), shown).text)
        },
      ],
    },
    ...assets.map(({ path, file, type }): Route => ({ method: 'get', path, handlers: [assetHandler(file, type)] })),
    ...pictureRoutes(options),
  ]
}

function assetHandler(file: string, type: string): (request: Request, response: Response) => Promise<void> {
  const address = new URL(`./pages/browser/${file}`, import.meta.url)
  return async (_request, response) => {
    response.type(type).send(await readFile(address))
  }
}

function pictureRoutes({ store, access, clock }: PageOptions): readonly Route[] {
  return [
    {
      method: 'get',
      path: '/studies/:uid/pictures/:index',
      handlers: [
        (request, response) => {
          const png = requirePicture(request, store)
          store.actions.record({
            at: clock.now(),
            actor: actorOf(request, access) ?? 'session',
            action: 'view-picture',
            studyInstanceUid: String(request.params['uid']),
          })
          response.type('png').send(Buffer.from(png))
        },
      ],
    },
    {
      method: 'get',
      path: '/studies/:uid/pictures/:index/thumbnail',
      handlers: [
        async (request, response) => {
          const small = await sharp(requirePicture(request, store))
            .resize(thumbnailSide, thumbnailSide, { fit: 'inside' })
            .webp({ quality: 85 })
            .toBuffer()
          response.set('Cache-Control', 'private, max-age=600').type('webp').send(small)
        },
      ],
    },
  ]
}

const pictureQuery = z.object({ result: z.string().max(200).optional() })

/**
 * A picture of the study's finding or, asked for by `result`, of any of its results: those of an earlier model stay readable. One
 * that was withdrawn is not shown, since it is a probability with nothing on it that says so.
 * @throws SERVICE_STUDY_UNKNOWN, SERVICE_PICTURE_UNKNOWN, SERVICE_RESULT_WITHDRAWN
 */
function requirePicture(request: Request, store: Store): Uint8Array<ArrayBuffer> {
  const { study, finding } = requireStudy(request, store)
  const query = pictureQuery.safeParse(request.query)
  const asked = (query.success ? query.data.result : undefined) ?? finding?.resultKey
  const result = store.results.ofStudy(study.studyInstanceUid).find(({ resultKey }) => resultKey === asked)
  if (result?.withdrawnAt) throw resultWithdrawn(result.model, result.withdrawnAt.toISOString().slice(0, 10))
  const index = Number(request.params['index'])
  const png = result && Number.isInteger(index) ? store.results.picture(result.resultKey, index) : undefined
  if (png === undefined) throw pictureUnknown()
  return png
}
