import express from 'express'
import { z } from 'zod'
import { type ApiOptions, requireStudy } from './api-routes.ts'
import type { Feedback } from '../../service/read-back/feedback.ts'
import { requireActor } from '../access/http-access.ts'
import { requestInvalid } from '../errors.ts'
import { type Route, post } from './route.ts'
import { opinionsJson } from './study-json.ts'

const opinionBody = z.strictObject({
  /** The result that the reader saw. The study may have a newer one by now. */
  resultKey: z.string().min(1).max(200),
  opinion: z.enum(['agree', 'disagree', 'withdrawn']),
})

export interface FeedbackOptions extends ApiOptions {
  readonly feedback: Feedback
}

/** The reader's opinion on a result: the Agree and Disagree buttons. */
export function feedbackRoutes({ store, feedback, access, clock }: FeedbackOptions): readonly Route[] {
  return [
    post('/api/studies/:uid/feedback', express.json({ limit: '4kb' }), (request, response) => {
      const record = requireStudy(request, store)
      const body = opinionBody.safeParse(request.body)
      if (!body.success) throw requestInvalid(z.prettifyError(body.error))
      const { resultKey, opinion } = body.data
      const actor = requireActor(request, access)
      feedback.fromPage(record, resultKey, opinion, actor)
      const { studyInstanceUid } = record.study
      store.actions.record({ at: clock.now(), actor, action: 'feedback', studyInstanceUid })
      response.json({ opinions: opinionsJson(store.opinions.standing(resultKey)) })
    }),
  ]
}
