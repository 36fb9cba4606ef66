import { readdirSync, rmSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { dayMs } from '../../../clock.ts'
import { finishedStates, sqlStates } from '../../queue/job-states.ts'
import { type Prepared, pathOf, preparedOnce } from './database.ts'

const clockRow = z.object({ ran_ms: z.number() })
const subjectRow = z.object({ subject: z.string() })

/** Copies of a database hold patient data too. */
const copyName = /^(store|queue)\.sqlite\.(schema-|replaced-|backup|restoring)/

/**
 * What is past its retention period is deleted only if it was so a day before, too: a clock that is wrong for hours
 * would otherwise delete everything. The day is measured by the time that the service has run, which no clock changes.
 */
export class SqliteRetention {
  readonly #prepared: Prepared
  readonly #dir: string

  constructor(database: DatabaseSync) {
    this.#prepared = preparedOnce(database)
    this.#dir = dirname(pathOf(database))
  }

  /**
   * Notes what is past its period, and forgets what no longer is or has changed since.
   * @param ranMs how long the service has run since the look before
   */
  look(before: Date, ranMs: number): void {
    this.#prepared('UPDATE retention_clock SET ran_ms = ran_ms + ?').run(Math.round(ranMs))
    this.#lookAtStudies(before.getTime())
    this.#lookAtCopies(before)
  }

  #lookAtStudies(before: number): void {
    this.#prepared(
      `DELETE FROM expired WHERE kind = 'study' AND NOT EXISTS (
         SELECT 1 FROM studies WHERE study_uid = subject AND updated_ms = changed_ms AND updated_ms < ?)`,
    ).run(before)
    this.#prepared(
      `INSERT INTO expired SELECT 'study', study_uid, updated_ms, ran_ms FROM studies, retention_clock
       WHERE state IN (${sqlStates(finishedStates)}) AND updated_ms < ? ON CONFLICT DO NOTHING`,
    ).run(before)
  }

  #lookAtCopies(before: Date): void {
    const old = this.#copies().filter(({ changedMs }) => changedMs < before.getTime())
    this.#prepared(
      `DELETE FROM expired WHERE kind = 'copy' AND subject || changed_ms NOT IN (SELECT value FROM json_each(?))`,
    ).run(JSON.stringify(old.map(({ name, changedMs }) => `${name}${changedMs}`)))
    for (const { name, changedMs } of old)
      this.#prepared(
        `INSERT INTO expired SELECT 'copy', ?, ?, ran_ms FROM retention_clock WHERE true ON CONFLICT DO NOTHING`,
      ).run(name, changedMs)
  }

  #copies(): readonly { readonly name: string; readonly changedMs: number }[] {
    return readdirSync(this.#dir)
      .filter((name) => copyName.test(name))
      .map((name) => ({ name, changedMs: Math.round(statSync(join(this.#dir, name)).mtimeMs) }))
  }

  /** Deletes the copies of databases that were already past their period a day before. */
  removeCopies(): void {
    const rows = this.#prepared(`SELECT subject FROM expired WHERE kind = 'copy' AND seen_ms <= ?`).all(this.latest())
    for (const { subject } of rows.map((row) => subjectRow.parse(row)))
      rmSync(join(this.#dir, subject), { force: true })
  }

  /** Up to which `seen_ms` of `expired` something may be deleted. */
  latest(): number {
    return clockRow.parse(this.#prepared('SELECT ran_ms FROM retention_clock').get()).ran_ms - dayMs
  }
}
