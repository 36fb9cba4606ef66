import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { StudiesAtLine } from '../../../intake/feed/study-poll.ts'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'

const countRow = z.object({ study_uid: z.string(), instance_count: z.number() })

export class SqliteStudiesAtLine implements StudiesAtLine {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  counts(): ReadonlyMap<string, number> {
    const rows = this.#prepared('SELECT study_uid, instance_count FROM studies_at_line').all()
    return new Map(rows.map((row) => countRow.parse(row)).map((row) => [row.study_uid, row.instance_count]))
  }

  add(counts: ReadonlyMap<string, number>): void {
    const add = this.#prepared('INSERT OR REPLACE INTO studies_at_line VALUES (?, ?)')
    inTransaction(this.#database, () => {
      for (const [studyInstanceUid, count] of counts) add.run(studyInstanceUid, count)
    })
  }

  remove(studyInstanceUids: readonly string[]): void {
    const remove = this.#prepared('DELETE FROM studies_at_line WHERE study_uid = ?')
    inTransaction(this.#database, () => {
      for (const studyInstanceUid of studyInstanceUids) remove.run(studyInstanceUid)
    })
  }
}
