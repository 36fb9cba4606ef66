import type { Redis } from 'ioredis'
import { z } from 'zod'
import { errorDataSchema as failure } from '../../errors/error-data.ts'
import { problemSchema as problem } from '../store/finding.ts'
import { askRedis } from './redis-connection.ts'
import type { Seal } from './seal.ts'

const study = z.object({ studyInstanceUid: z.string(), orthancId: z.string().exactOptional() })
const attempt = z.number().int().min(0)

/** What a worker tells the coordinator of a study. */
const workReport = z.discriminatedUnion('kind', [
  z.object({ kind: z.literal('started'), study, attempt }),
  /** Results are built and kept; they are delivered next. */
  z.object({ kind: z.literal('built'), study, inputKey: z.string() }),
  z.object({ kind: z.literal('reported'), study, inputKey: z.string(), ms: z.record(z.string(), z.number()) }),
  z.object({ kind: z.literal('skipped'), study, problem }),
  z.object({ kind: z.literal('retrying'), study, attempt, due: z.iso.datetime(), failure }),
  z.object({ kind: z.literal('dead'), study, attempt, failure }),
  z.object({ kind: z.literal('waiting'), study }),
])

export type WorkReport = z.output<typeof workReport>

/** A report in its place in the order; `unreadable` is one that this version or this secret cannot read. */
export type Delivery = { readonly id: string } & (
  { readonly kind: 'report'; readonly report: WorkReport } | { readonly kind: 'unreadable'; readonly error: unknown }
)

const streamKey = 'lung-triage:reports'
const sealedField = 'sealed'

/** Tells reports to the coordinator. */
export class ReportSender {
  readonly #redis: Redis
  readonly #seal: Seal

  constructor(redis: Redis, seal: Seal) {
    this.#redis = redis
    this.#seal = seal
  }

  /** Durable when it returns, as far as Redis is. */
  async send(report: WorkReport): Promise<void> {
    const sealed = this.#seal.close(Buffer.from(JSON.stringify(report)), streamKey)
    await askRedis(this.#redis, () => this.#redis.xadd(streamKey, '*', sealedField, sealed))
  }
}

/** `reading` is used for nothing else, as it waits. */
interface ReaderConnections {
  readonly reading: Redis
  readonly commands: Redis
}

/**
 * The reports of all workers, in order, for the one coordinator: a Redis stream from which each is deleted once it was acted on. A
 * bull queue would bring a report whose reader was killed after those that came later.
 */
export class ReportReader {
  readonly #connections: ReaderConnections
  readonly #seal: Seal

  constructor(connections: ReaderConnections, seal: Seal) {
    this.#connections = connections
    this.#seal = seal
  }

  /** The oldest report that nobody acted on; waits that long for one, 0 not at all. */
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
