import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type TargetName, targetNames } from '../../../deliver/delivery-targets.ts'
import {
  type Acknowledgement,
  type DeliveryStore,
  type DueDelivery,
  type DeliveryTrouble,
  type DueSearch,
  type OpenDeliveries,
  type StudyDelivery,
  deliveryStates,
} from '../../deliveries/delivery.ts'
import { longestDelayMs } from '../../queue/retry-delay.ts'
import { actorName } from '../actor-name.ts'
import { type Problem, problemSchema } from '../finding.ts'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'

const target = z.enum(targetNames as [TargetName, ...TargetName[]])

const dueRow = z
  .object({
    id: z.number(),
    result_key: z.string(),
    study_uid: z.string(),
    attempts: z.number(),
    waited_ms: z.number(),
  })
  .transform(({ id, result_key, study_uid, attempts, waited_ms }): DueDelivery => ({
    id,
    resultKey: result_key,
    studyInstanceUid: study_uid,
    attempt: attempts + 1,
    waitedMs: waited_ms,
  }))

const deliveryRow = z
  .object({
    target,
    result_key: z.string(),
    state: z.enum(deliveryStates),
    since_ms: z.number(),
    attempts: z.number(),
    due_ms: z.number(),
    code: z.string().nullable(),
    reason: z.string().nullable(),
    acknowledged_ms: z.number().nullable(),
    actor: actorName.nullable(),
    acknowledged_why: z.string().nullable(),
  })
  .transform((row): StudyDelivery => ({
    target: row.target,
    resultKey: row.result_key,
    state: row.state,
    since: new Date(row.since_ms),
    attempts: row.attempts,
    due: new Date(row.due_ms),
    problem: row.code === null ? undefined : problemSchema.parse(row),
    acknowledgement:
      row.acknowledged_ms === null || row.actor === null
        ? undefined
        : { at: new Date(row.acknowledged_ms), actor: row.actor, reason: row.acknowledged_why ?? '' },
  }))

const sinceRow = z.object({ since_ms: z.number().nullable() })
const openState = z.enum(['pending', 'dead'])
const openRow = z
  .object({ target, state: openState, count: z.number(), since_ms: z.number() })
  .transform(({ since_ms, ...row }): OpenDeliveries => ({ ...row, since: new Date(since_ms) }))
const troubleRow = z
  .object({ study_uid: z.string(), target, state: openState })
  .transform(({ study_uid, ...row }): DeliveryTrouble => ({ ...row, studyInstanceUid: study_uid }))

/** Condition for what is not settled: pending, or a dead letter that nobody has acknowledged. */
export const isOpen = `(state = 'pending' OR (state = 'dead' AND acknowledged_ms IS NULL))`

const replaced: Problem = { code: 'REPLACED', reason: 'A newer result of the study replaces this one.' }

export class SqliteDeliveries implements DeliveryStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  queue(
    { resultKey, studyInstanceUid }: { resultKey: string; studyInstanceUid: string },
    targets: readonly TargetName[],
    at: Date,
  ): void {
    inTransaction(this.#database, () => {
      this.#prepared(
        `UPDATE deliveries SET state = 'dropped', code = ?, reason = ?
         WHERE study_uid = ? AND result_key <> ? AND state IN ('pending', 'dead')`,
      ).run(replaced.code, replaced.reason, studyInstanceUid, resultKey)
      const sinceMs = this.#laterThanAll(studyInstanceUid, at)
      for (const name of targets)
        this.#prepared(
          `INSERT INTO deliveries (result_key, study_uid, target, state, since_ms) VALUES (?, ?, ?, 'pending', ?)
           ON CONFLICT (result_key, target) DO UPDATE SET
             state = 'pending', since_ms = excluded.since_ms, attempts = 0, waited_ms = 0, due_ms = 0, code = NULL, reason = NULL,
             acknowledged_ms = NULL, actor = NULL, acknowledged_why = NULL`,
        ).run(resultKey, studyInstanceUid, name, sinceMs)
    })
  }

  /** When a result of the study is queued; the latest one stays the latest if the clock is set back. */
  #laterThanAll(studyInstanceUid: string, at: Date): number {
    const row = this.#prepared('SELECT max(since_ms) AS since_ms FROM deliveries WHERE study_uid = ?').get(
      studyInstanceUid,
    )
    return Math.max(at.getTime(), (sinceRow.parse(row).since_ms ?? 0) + 1)
  }

  next({ target: name, after, now, except }: DueSearch): DueDelivery | undefined {
    const row = this.#prepared(
      `SELECT * FROM deliveries
       WHERE state = 'pending' AND target = :name
         AND (due_ms <= :now OR due_ms > :latest)  -- or the clock was set back since
         AND NOT EXISTS (SELECT 1 FROM deliveries before
                         WHERE before.result_key = deliveries.result_key AND before.target = :after
                           AND before.state NOT IN ('done', 'dropped'))
         AND study_uid NOT IN (SELECT value FROM json_each(:except))
       ORDER BY due_ms, id LIMIT 1`,
    ).get({
      name,
      after: after ?? null,
      now: now.getTime(),
      latest: now.getTime() + longestDelayMs,
      except: JSON.stringify([...except]),
    })
    return row === undefined ? undefined : dueRow.parse(row)
  }

  isPending(id: number): boolean {
    return this.#prepared(`SELECT 1 FROM deliveries WHERE id = ? AND state = 'pending'`).get(id) !== undefined
  }

  done(id: number): void {
    this.#prepared(
      `UPDATE deliveries SET state = 'done', code = NULL, reason = NULL WHERE id = ? AND state = 'pending'`,
    ).run(id)
  }

  dropped(id: number, problem: Problem): void {
    this.#settle(id, 'dropped', 0, problem)
  }

  retryIn(id: number, waitMs: number, now: Date, problem: Problem): void {
    this.#settle(id, 'pending', now.getTime() + waitMs, problem, waitMs)
  }

  dead(id: number, problem: Problem): void {
    this.#settle(id, 'dead', 0, problem)
  }

  /** A delivery that was dropped meanwhile stays dropped. */
  #settle(id: number, state: string, dueMs: number, { code, reason }: Problem, waitMs = 0): void {
    this.#prepared(
      `UPDATE deliveries SET state = ?, attempts = attempts + 1, due_ms = ?, code = ?, reason = ?,
         waited_ms = waited_ms + ?
       WHERE id = ? AND state = 'pending'`,
    ).run(state, dueMs, code, reason, waitMs, id)
  }

  ofStudy(studyInstanceUid: string): readonly StudyDelivery[] {
    const rows = this.#prepared(
      `SELECT * FROM deliveries WHERE result_key =
         (SELECT result_key FROM deliveries WHERE study_uid = ? ORDER BY since_ms DESC, id DESC LIMIT 1)`,
    ).all(studyInstanceUid)
    const found = rows.map((row) => deliveryRow.parse(row))
    return found.sort((one, other) => targetNames.indexOf(one.target) - targetNames.indexOf(other.target))
  }

  again(studyInstanceUid: string, name: TargetName, at: Date): boolean {
    const { changes } = this.#prepared(
      `UPDATE deliveries SET state = 'pending', since_ms = max(since_ms, ?), attempts = 0, waited_ms = 0, due_ms = 0, acknowledged_ms = NULL,
         actor = NULL, acknowledged_why = NULL
       WHERE study_uid = ? AND target = ? AND state IN ('pending', 'dead')`,
    ).run(at.getTime(), studyInstanceUid, name)
    return Number(changes) > 0
  }

  acknowledge(studyInstanceUid: string, name: TargetName, { at, actor, reason }: Acknowledgement): boolean {
    const { changes } = this.#prepared(
      `UPDATE deliveries SET acknowledged_ms = ?, actor = ?, acknowledged_why = ?
       WHERE study_uid = ? AND target = ? AND state = 'dead' AND acknowledged_ms IS NULL`,
    ).run(at.getTime(), actor, reason, studyInstanceUid, name)
    return Number(changes) > 0
  }

  /** Deletes deliveries of studies that are no longer on the worklist. */
  purgeOrphans(): void {
    this.#database.exec('DELETE FROM deliveries WHERE study_uid NOT IN (SELECT study_uid FROM studies)')
  }

  open(): readonly OpenDeliveries[] {
    return this.#prepared(
      `SELECT target, state, count(*) AS count, min(since_ms) AS since_ms FROM deliveries
       WHERE ${isOpen} GROUP BY target, state`,
    )
      .all()
      .map((row) => openRow.parse(row))
  }

  troubled(pendingSince: Date): readonly DeliveryTrouble[] {
    return this.#prepared(
      `SELECT study_uid, target, state FROM deliveries WHERE ${isOpen} AND (state = 'dead' OR since_ms < ?) ORDER BY id`,
    )
      .all(pendingSince.getTime())
      .map((row) => troubleRow.parse(row))
  }
}
