import { z } from 'zod'
import { forWrongFormat } from '../derived/wrong-value.ts'
import { section, setting } from '../setting.ts'

export const queue = section({
  // The URL contains the Redis password.
  RedisUrl: setting(
    z
      .url({ protocol: /^rediss?$/, error: forWrongFormat('must be a URL that starts with redis:// or rediss://') })
      .optional(),
    {
      description:
        'Redis that distributes studies to workers on several machines, for example redis://:${REDIS_PASSWORD}@queue:6379. Without it, the queue is kept in StateDir.',
      takesEffect: 'restart',
      holds: 'secret',
      probe: 'redis',
    },
  ),
  Secret: setting(z.string().min(32).optional(), {
    description:
      'Encrypts reports and results that pass through Redis. Use the same secret on every machine; generate it with "openssl rand -hex 32" and set it through ${ENV}.',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  Concurrency: setting(z.number().int().min(1).max(32).default(2), {
    description: 'Number of studies processed at the same time.',
    takesEffect: 'restart',
  }),
  MaxAttempts: setting(z.number().int().min(1).max(100).default(8), {
    description:
      'Attempts to analyse a study before it becomes a dead letter. Deliveries count apart: see Deliver.RetryDays.',
    takesEffect: 'live',
  }),
}).refine((value) => value.RedisUrl === undefined || value.Secret !== undefined, {
  path: ['Secret'],
  error: 'is required with RedisUrl: results with patient data pass through Redis',
})
