import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const deliver = section({
  RetryDays: setting(z.number().min(0.01).max(365).default(7), {
    description:
      'Days that a failed delivery is retried before it becomes a dead letter. Each target is retried on its own. Refusals for good are not retried.',
    takesEffect: 'live',
  }),
})
