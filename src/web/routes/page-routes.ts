import { readFile } from 'node:fs/promises'
import type { Request, Response } from 'express'
import sharp from 'sharp'
import { z } from 'zod'
import { requireActor } from '../access/http-access.ts'
import { type ApiOptions, periodOf, periodStart, requireStudy } from './api-routes.ts'
import { withdrawalOf } from '../../service/store/withdrawal-of.ts'
import { withdrawalReason } from '../../report/withdrawal-cause.ts'
import { resultWithdrawn } from '../../service/retraction/errors.ts'
import { pictureUnknown } from '../../service/studies/errors.ts'
import type { AskedWorklist } from '../pages/asked-worklist.ts'
import type { StudyDetails } from '../pages/study-details.ts'
import { studyPage } from '../pages/study-page.ts'
import { type WorklistPageOptions, worklistPage, worklistSection } from '../pages/worklist-page.ts'
import { type Route, get } from './route.ts'
import type { Clock } from '../../clock.ts'
import { lateAfterMs } from '../../service/deliveries/delivery.ts'
import type { Store, StudyRecord } from '../../service/store/store.ts'
import { type Troubled, parseFilter, parsePage } from '../worklist-filter.ts'

const thumbnailSide = 176
const assets = [
  { file: 'worklist.css', type: 'text/css' },
  { file: 'quality.css', type: 'text/css' },
  { file: 'study.css', type: 'text/css' },
  { file: 'icon.svg', type: 'image/svg+xml' },
  { file: 'worklist.js', type: 'text/javascript' },
  { file: 'study.js', type: 'text/javascript' },
  { file: 'current.js', type: 'text/javascript' },
  { file: 'actions.js', type: 'text/javascript' },
]

export interface PageOptions extends ApiOptions, Omit<WorklistPageOptions, 'opinionsOn'> {}

export function pageRoutes(options: PageOptions): readonly Route[] {
  const { store } = options
  const shown = { ...options, opinionsOn: (resultKey: string) => store.opinions.standing(resultKey) }
  const asked = (request: Request) => askedWorklist(request, options)
  return [
    // Pages link to `index.html`: Orthanc treats `/lung-triage` and `/lung-triage/` alike, but relative links differ.
    ...['/', '/index.html'].map((path) =>
      get(path, (request, response) => {
        response.type('html').send(worklistPage(asked(request), shown).text)
      }),
    ),
    get('/worklist', (request, response) => {
      response.type('html').send(worklistSection(asked(request), shown).text)
    }),
    get('/studies/:uid', (request, response) => {
      const details = studyDetails(requireStudy(request, store), options)
      response.type('html').send(studyPage(details, options.viewerUrl).text)
    }),
    ...assets.map(({ file, type }) => get(`/assets/${file}`, assetHandler(file, type))),
    ...pictureRoutes(options),
  ]
}

/** The worklist that the request asks for. A search covers all stored studies. */
function askedWorklist(request: Request, { store, clock }: PageOptions): AskedWorklist {
  const period = periodOf(request, '1')
  const filter = parseFilter(request.query)
  const records = store.studies.since(periodStart(filter.search === '' ? period : 'all', clock))
  return { records, troubled: troubledOf(store, clock), period, filter, page: parsePage(request.query) }
}

function troubledOf({ deliveries }: Store, clock: Clock): Troubled {
  const troubles = deliveries.troubled(new Date(clock.now().getTime() - lateAfterMs))
  return Map.groupBy(troubles, ({ studyInstanceUid }) => studyInstanceUid)
}

function studyDetails(record: StudyRecord, { store, logKey }: PageOptions): StudyDetails {
  const uid = record.study.studyInstanceUid
  const resultKey = record.finding?.resultKey
  return {
    record,
    conclusion: resultKey === undefined ? undefined : store.results.conclusion(resultKey),
    results: store.results.ofStudy(uid),
    deliveries: store.deliveries.ofStudy(uid),
    events: store.studies.history(uid),
    actions: store.actions.ofStudy(uid),
    opinions: store.opinions.ofStudy(uid),
    standing: resultKey === undefined ? [] : store.opinions.standing(resultKey),
    logKey: logKey(uid),
  }
}

function assetHandler(file: string, type: string): (request: Request, response: Response) => Promise<void> {
  const address = new URL(`../pages/browser/${file}`, import.meta.url)
  return async (_request, response) => {
    response.type(type).send(await readFile(address))
  }
}

function pictureRoutes({ store, access, clock }: PageOptions): readonly Route[] {
  return [
    get('/studies/:uid/pictures/:index', (request, response) => {
      const picture = requirePicture(request, store)
      store.actions.record({
        at: clock.now(),
        actor: requireActor(request, access),
        action: 'view-picture',
        studyInstanceUid: String(request.params['uid']),
      })
      response.type(typeOf(picture)).send(Buffer.from(picture))
    }),
    get('/studies/:uid/pictures/:index/thumbnail', async (request, response) => {
      const small = await sharp(requirePicture(request, store))
        .resize(thumbnailSide, thumbnailSide, { fit: 'inside' })
        .webp({ quality: 85 })
        .toBuffer()
      response.set('Cache-Control', 'private, max-age=600').type('webp').send(small)
    }),
  ]
}

/** Pictures are JPEG; older stored ones are PNG, whose first byte is 0x89. */
function typeOf(picture: Uint8Array): 'jpeg' | 'png' {
  return picture[0] === 0x89 ? 'png' : 'jpeg'
}

const pictureQuery = z.object({ result: z.string().max(200).optional() })

/**
 * A picture of the study's finding or, with `?result=`, of any of its results: results of earlier models stay readable.
 * Pictures of a withdrawn result are refused, because the picture shows a probability and does not say "withdrawn".
 * @throws SERVICE_STUDY_UNKNOWN, SERVICE_PICTURE_UNKNOWN, SERVICE_RESULT_WITHDRAWN
 */
function requirePicture(request: Request, store: Store): Uint8Array<ArrayBuffer> {
  const { study, finding } = requireStudy(request, store)
  const query = pictureQuery.safeParse(request.query)
  const asked = (query.success ? query.data.result : undefined) ?? finding?.resultKey
  const result = store.results.ofStudy(study.studyInstanceUid).find(({ resultKey }) => resultKey === asked)
  const withdrawal = result && withdrawalOf(result)
  if (withdrawal !== undefined) throw resultWithdrawn(withdrawalReason(withdrawal))
  const index = Number(request.params['index'])
  const picture = result && Number.isInteger(index) ? store.results.picture(result.resultKey, index) : undefined
  if (picture === undefined) throw pictureUnknown()
  return picture
}
