import type { Redis } from 'ioredis'
import { z } from 'zod'
import { errorDataSchema as failure } from '../../errors/error-data.ts'
import { problemSchema as problem } from '../store/finding.ts'
import { askRedis } from './redis-connection.ts'
import type { Seal } from './seal.ts'

const study = z.object({ studyInstanceUid: z.string(), orthancId: z.string().exactOptional() })
/** SOP Instance UIDs that rejection notes in the archive take out of use. */
const rejected = z.array(z.string()).exactOptional()
const attempt = z.number().int().min(0)

/** A worker's report to the coordinator on a study. */
const workReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), study, attempt }),
  z.object({
    kind: z.literal('reported'),
    study,
    resultKey: z.string(),
    ms: z.record(z.string(), z.number()),
    rejected,
  }),
  z.object({ kind: z.literal('skipped'), study, problem, rejected }),
  z.object({ kind: z.literal('retrying'), study, attempt, due: z.iso.datetime(), failure }),
  z.object({ kind: z.literal('dead'), study, attempt, failure }),
  z.object({ kind: z.literal('waiting'), study }),
])

export type WorkReport = z.output<typeof workReport>

/** A stream entry. `unreadable`: it was written by a different version or with a different secret. */
export type Delivery = { readonly id: string } & (
  { readonly kind: 'report'; readonly report: WorkReport } | { readonly kind: 'unreadable'; readonly error: unknown }
)

const streamKey = 'lung-triage:reports'
const sealedField = 'sealed'

/** Appends reports to the stream that the coordinator reads. */
export class ReportSender {
  readonly #redis: Redis
  readonly #seal: Seal

  constructor(redis: Redis, seal: Seal) {
    this.#redis = redis
    this.#seal = seal
  }

  /** When it returns, the report is as durable as Redis is. */
  async send(report: WorkReport): Promise<void> {
    const sealed = this.#seal.close(Buffer.from(JSON.stringify(report)), streamKey)
    await askRedis(this.#redis, () => this.#redis.xadd(streamKey, '*', sealedField, sealed))
  }
}

/** `reading` blocks while it waits, so other commands need a separate connection. */
interface ReaderConnections {
  readonly reading: Redis
  readonly commands: Redis
}

/**
 * The reports of all workers, in order, for the one coordinator: a Redis stream from which each report is deleted once
 * handled. A bull queue would not keep the order: a report whose reader was killed would be redelivered after later
 * ones.
 */
export class ReportReader {
  readonly #connections: ReaderConnections
  readonly #seal: Seal

  constructor(connections: ReaderConnections, seal: Seal) {
    this.#connections = connections
    this.#seal = seal
  }

  /** The oldest report that is not handled yet. Waits up to `waitMs` for one; 0 does not wait. */
  async next(waitMs: number): Promise<Delivery | undefined> {
    const { reading } = this.#connections
    const answer =
      waitMs === 0
        ? await reading.xreadBuffer('COUNT', 1, 'STREAMS', streamKey, '0')
        : await reading.xreadBuffer('COUNT', 1, 'BLOCK', waitMs, 'STREAMS', streamKey, '0')
    const entry = answer?.[0]?.[1][0]
    if (entry === undefined) return undefined
    const [id, [, sealed]] = entry
    return this.#read(id.toString(), sealed)
  }

  #read(id: string, sealed: Buffer | undefined): Delivery {
    try {
      const report = JSON.parse(this.#seal.open(sealed ?? Buffer.alloc(0), streamKey).toString('utf8')) as unknown
      return { id, kind: 'report', report: workReport.parse(report) }
    } catch (error) {
      return { id, kind: 'unreadable', error }
    }
  }

  async delete(id: string): Promise<void> {
    await this.#connections.commands.xdel(streamKey, id)
  }
}
