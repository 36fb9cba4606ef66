import { z } from 'zod'
import { section, setting } from '../setting.ts'

export const queue = section({
  // The address holds the password of Redis.
  RedisUrl: setting(z.url({ protocol: /^rediss?$/ }).optional(), {
    description:
      'Redis that shares the work out among machines, for example redis://:${REDIS_PASSWORD}@queue:6379. Without it the queue lies in StateDir.',
    takesEffect: 'restart',
    holds: 'secret',
    probe: 'redis',
  }),
  Secret: setting(z.string().min(32).optional(), {
    description:
      'Seals reports and results on their way through Redis; the same on every machine, best given as ${ENV} and made with "openssl rand -hex 32".',
    takesEffect: 'restart',
    holds: 'secret',
  }),
  Concurrency: setting(z.number().int().min(1).max(32).default(2), {
    description: 'Studies worked on at the same time.',
    takesEffect: 'restart',
  }),
  MaxAttempts: setting(z.number().int().min(1).max(100).default(8), {
    description: 'Attempts at a study before it is a dead letter.',
    takesEffect: 'live',
  }),
}).refine((value) => value.RedisUrl === undefined || value.Secret !== undefined, {
  path: ['Secret'],
  error: 'is needed where RedisUrl is set: results with patient data pass through Redis',
})
