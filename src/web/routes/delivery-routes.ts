import express, { type Request } from 'express'
import { z } from 'zod'
import { type TargetName, targetNames } from '../../deliver/delivery-targets.ts'
import { deadLetterUnknown, deliveryNotOpen } from '../../service/deliveries/errors.ts'
import type { DeliveryWatch } from '../../service/deliveries/delivery-watch.ts'
import { requireActor } from '../access/http-access.ts'
import { requestInvalid } from '../errors.ts'
import { type ApiOptions, requireStudy } from './api-routes.ts'
import { type Route, post } from './route.ts'

const acknowledgementBody = z.strictObject({
  // A control character could disguise the reason where a person reads it.
  reason: z
    .string()
    .regex(/^\P{Cc}*$/u, 'contains a control character')
    .trim()
    .min(1)
    .max(200),
})

export interface DeliveryRouteOptions extends ApiOptions {
  /** Starts the queues of the targets, and updates the pages. */
  readonly deliveryWatch: DeliveryWatch
}

/** Retries a delivery now, and notes that a person has looked at one that failed. */
export function deliveryRoutes(options: DeliveryRouteOptions): readonly Route[] {
  const { store, access, clock, deliveryWatch } = options
  return [
    post('/api/studies/:uid/deliveries/:target/retry', (request, response) => {
      const { studyInstanceUid } = requireStudy(request, store).study
      const [target, actor, at] = [targetOf(request), requireActor(request, access), clock.now()]
      if (target === undefined || !store.deliveries.again(studyInstanceUid, target, at)) throw deliveryNotOpen()
      store.actions.record({ at, actor, action: 'retry-delivery', studyInstanceUid })
      deliveryWatch.announce()
      response.status(202).json({ effect: 'queued' })
    }),
    post('/api/studies/:uid/deliveries/:target/acknowledge', express.json({ limit: '4kb' }), (request, response) => {
      const { studyInstanceUid } = requireStudy(request, store).study
      const body = acknowledgementBody.safeParse(request.body)
      if (!body.success) throw requestInvalid(z.prettifyError(body.error))
      const [target, actor, at] = [targetOf(request), requireActor(request, access), clock.now()]
      const acknowledgement = { at, actor, reason: body.data.reason }
      if (target === undefined || !store.deliveries.acknowledge(studyInstanceUid, target, acknowledgement))
        throw deadLetterUnknown()
      store.actions.record({ at, actor, action: 'acknowledge-delivery', studyInstanceUid })
      deliveryWatch.announce()
      response.json({ effect: 'acknowledged' })
    }),
  ]
}

function targetOf({ params }: Request): TargetName | undefined {
  return targetNames.find((name) => name === params['target'])
}
