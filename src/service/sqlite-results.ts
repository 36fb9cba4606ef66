import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { KeptResults } from '../pipeline.ts'
import type { ResultObjects } from '../report/result-objects.ts'
import { inTransaction } from './database.ts'
import { decodeResults, encodeResults, resultEncoding } from './result-encoding.ts'
import type { ResultShelf } from './store.ts'

const bytes = z.instanceof<typeof Uint8Array<ArrayBuffer>>(Uint8Array)
const resultRow = z.object({ encoding: z.string(), kept: bytes })
const keyRow = z.object({ input_key: z.string(), result_key: z.string() })
const seriesRow = z.object({ series_uid: z.string() })
const pictureRow = z.object({ png: bytes })

export class SqliteResults implements ResultShelf {
  readonly #database: DatabaseSync

  constructor(database: DatabaseSync) {
    this.#database = database
  }

  keptResults(key: string): KeptResults | undefined {
    const row = this.#database.prepare('SELECT encoding, kept FROM results WHERE input_key = ?').get(key)
    if (row === undefined) return undefined
    const { encoding, kept } = resultRow.parse(row)
    const pictures = this.#database.prepare('SELECT png FROM pictures WHERE input_key = ? ORDER BY place').all(key)
    return decodeResults(
      encoding,
      kept,
      pictures.map((picture) => pictureRow.parse(picture).png),
    )
  }

  /** Keeps the first results under a key: those may have been delivered already, and a retry must resend the same bytes. */
  keepResults(key: string, kept: KeptResults): void {
    const { resultKey, studyInstanceUid, pictures } = kept.results
    inTransaction(this.#database, () => {
      const { changes } = this.#database
        .prepare(
          `INSERT INTO results (input_key, result_key, study_uid, encoding, kept) VALUES (?, ?, ?, ?, ?)
           ON CONFLICT DO NOTHING`,
        )
        .run(key, resultKey, studyInstanceUid, resultEncoding, encodeResults(kept))
      if (Number(changes) === 0) return
      const insert = this.#database.prepare('INSERT INTO pictures (input_key, place, png) VALUES (?, ?, ?)')
      for (const [place, { png }] of pictures.entries()) insert.run(key, place, png)
      this.#noteOwnSeries(kept.results)
    })
  }

  latestResultKey(studyInstanceUid: string): string | undefined {
    return this.#latest(studyInstanceUid)?.result_key
  }

  latestInputKey(studyInstanceUid: string): string | undefined {
    return this.#latest(studyInstanceUid)?.input_key
  }

  #latest(studyInstanceUid: string): z.output<typeof keyRow> | undefined {
    const row = this.#database
      .prepare('SELECT input_key, result_key FROM results WHERE study_uid = ? ORDER BY rowid DESC LIMIT 1')
      .get(studyInstanceUid)
    return row === undefined ? undefined : keyRow.parse(row)
  }

  #noteOwnSeries({ studyInstanceUid, structuredReport, pictures, segmentations }: ResultObjects): void {
    const insert = this.#database.prepare('INSERT OR IGNORE INTO own_series (study_uid, series_uid) VALUES (?, ?)')
    for (const { seriesInstanceUid } of [structuredReport, ...pictures.map(({ object }) => object), ...segmentations]) {
      insert.run(studyInstanceUid, seriesInstanceUid)
    }
  }

  ownSeries(studyInstanceUid: string): ReadonlySet<string> {
    const rows = this.#database.prepare('SELECT series_uid FROM own_series WHERE study_uid = ?').all(studyInstanceUid)
    return new Set(rows.map((row) => seriesRow.parse(row).series_uid))
  }

  picture(resultKey: string, index: number): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#database
      .prepare('SELECT png FROM pictures JOIN results USING (input_key) WHERE result_key = ? AND place = ?')
      .get(resultKey, index)
    return row === undefined ? undefined : pictureRow.parse(row).png
  }

  /** Forgets results of studies no longer on the worklist. */
  purgeOrphans(): void {
    for (const table of ['results', 'own_series']) {
      this.#database.exec(`DELETE FROM ${table} WHERE study_uid NOT IN (SELECT study_uid FROM studies)`)
    }
  }
}
