import { defineError } from '../../errors/triage-error.ts'

export const deliveryNotOpen = defineError(
  'SERVICE_DELIVERY_NOT_OPEN',
  'permanent',
  () => 'The study has no such delivery that is pending or failed. GET /api/studies/UID lists its deliveries.',
  404,
)

export const deadLetterUnknown = defineError(
  'SERVICE_DEAD_LETTER_UNKNOWN',
  'permanent',
  () =>
    'The study has no such failed delivery, or it is already acknowledged. GET /api/studies/UID lists its deliveries.',
  404,
)
