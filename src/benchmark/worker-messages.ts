import { z } from 'zod'

/** Messages to a worker process of the benchmark. */
export const toWorker = z.discriminatedUnion('kind', [
  /** Loads the model and all studies of the folder into memory, and warms up. */
  z.strictObject({
    kind: z.literal('prepare'),
    redisUrl: z.string(),
    secret: z.string(),
    modelDir: z.string(),
    studiesDir: z.string(),
  }),
  z.strictObject({ kind: z.literal('begin') }),
  z.strictObject({ kind: z.literal('end') }),
])

export type ToWorker = z.output<typeof toWorker>

export type Preparation = Omit<Extract<ToWorker, { kind: 'prepare' }>, 'kind'>

/** Messages from a worker process. */
export const fromWorker = z.discriminatedUnion('kind', [
  z.strictObject({ kind: z.literal('ready') }),
  z.strictObject({ kind: z.literal('ended'), studies: z.number().int() }),
])

export type FromWorker = z.output<typeof fromWorker>
