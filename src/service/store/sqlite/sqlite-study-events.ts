import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type Prepared, preparedOnce } from './database.ts'
import { progressColumns, progressRow } from './progress-row.ts'
import type { StudyEvent } from '../store.ts'

const eventRow = z.object({ at_ms: z.number(), result_key: z.string().nullable() })

/** The state changes of the studies on the worklist. */
export class SqliteStudyEvents {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  record(studyInstanceUid: string, { at, progress, resultKey }: StudyEvent): void {
    this.#prepared(
      `INSERT INTO study_events (study_uid, at_ms, state, attempt, retry_ms, code, reason, result_key)
       VALUES (:uid, :at, :state, :attempt, :retry, :code, :reason, :resultKey)`,
    ).run({
      uid: studyInstanceUid,
      at: at.getTime(),
      ...progressColumns(progress),
      resultKey: resultKey ?? null,
    })
  }

  ofStudy(studyInstanceUid: string): readonly StudyEvent[] {
    return this.#prepared('SELECT * FROM study_events WHERE study_uid = ? ORDER BY id')
      .all(studyInstanceUid)
      .map(toEvent)
  }

  purgeOrphans(): void {
    this.#database.exec('DELETE FROM study_events WHERE study_uid NOT IN (SELECT study_uid FROM studies)')
  }
}

function toEvent(row: Record<string, unknown>): StudyEvent {
  const { at_ms, result_key } = eventRow.parse(row)
  return { at: new Date(at_ms), progress: progressRow.parse(row), resultKey: result_key ?? undefined }
}
