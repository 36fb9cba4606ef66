import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { FeedPositions } from '../store.ts'
import { type Prepared, preparedOnce } from './database.ts'

const feedRow = z.object({ position: z.number(), mark: z.string().nullable() })

export class SqliteFeeds implements FeedPositions {
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#prepared = preparedOnce(database)
  }

  position(feed: string): number | undefined {
    return this.#row(feed)?.position
  }

  mark(feed: string): string | undefined {
    return this.#row(feed)?.mark ?? undefined
  }

  moveTo(feed: string, position: number, mark?: string): void {
    this.#prepared(
      `INSERT INTO feeds (feed, position, mark) VALUES (?, ?, ?)
         ON CONFLICT DO UPDATE SET position = excluded.position, mark = excluded.mark`,
    ).run(feed, position, mark ?? null)
  }

  #row(feed: string): z.output<typeof feedRow> | undefined {
    const row = this.#prepared('SELECT position, mark FROM feeds WHERE feed = ?').get(feed)
    return row === undefined ? undefined : feedRow.parse(row)
  }
}
