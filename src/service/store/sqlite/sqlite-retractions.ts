import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'
import { type WithdrawalCause, withdrawalCauses } from '../../../report/withdrawal-cause.ts'
import { actorName } from '../actor-name.ts'
import { type Problem, problemSchema } from '../finding.ts'
import { longestDelayMs } from '../../queue/retry-delay.ts'
import type { Retraction, RetractionStore, Withdrawal, WithdrawalProgress } from '../../retraction/retraction.ts'

const retractionRow = z
  .object({ model: z.string(), retracted_ms: z.number(), actor: actorName })
  .transform(({ model, retracted_ms, actor }): Retraction => ({ model, at: new Date(retracted_ms), actor }))

const withdrawalRow = z.object({
  result_key: z.string(),
  study_uid: z.string(),
  cause: z.enum(withdrawalCauses),
  at_ms: z.number(),
  attempt: z.number(),
})

const countRow = z.object({ state: z.enum(['pending', 'done', 'failed']), results: z.number() })

export class SqliteRetractions implements RetractionStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  retract({ model, at, actor }: Retraction): void {
    inTransaction(this.#database, () => {
      this.#prepared(
        'INSERT INTO retracted_models (model, retracted_ms, actor) VALUES (?, ?, ?) ON CONFLICT DO NOTHING',
      ).run(model, at.getTime(), actor)
      this.#prepared(
        `INSERT INTO withdrawals (result_key, study_uid, model, state, cause, at_ms)
         SELECT result_key, study_uid, model, 'pending', 'model-retracted', ? FROM results WHERE model = ?
         ON CONFLICT (result_key) DO UPDATE SET state = 'pending', attempt = 0, due_ms = 0 WHERE state <> 'done'`,
      ).run(at.getTime(), model)
    })
  }

  withdraw(resultKey: string, cause: WithdrawalCause, at: Date): void {
    inTransaction(this.#database, () => {
      this.#prepared(
        `INSERT INTO withdrawals (result_key, study_uid, model, state, cause, at_ms)
         SELECT result_key, study_uid, model, 'pending', ?, ? FROM results WHERE result_key = ?
         ON CONFLICT DO NOTHING`,
      ).run(cause, at.getTime(), resultKey)
      this.#prepared(
        `UPDATE deliveries SET state = 'dropped', code = 'WITHDRAWN', reason = 'The result was withdrawn.'
         WHERE result_key = ? AND state IN ('pending', 'dead')`,
      ).run(resultKey)
    })
  }

  get(model: string): Retraction | undefined {
    const row = this.#prepared('SELECT * FROM retracted_models WHERE model = ?').get(model)
    return row === undefined ? undefined : retractionRow.parse(row)
  }

  all(): readonly Retraction[] {
    const rows = this.#prepared('SELECT * FROM retracted_models ORDER BY retracted_ms, model').all()
    return rows.map((row) => retractionRow.parse(row))
  }

  progress(model: string): WithdrawalProgress {
    const counts = { pending: 0, done: 0, failed: 0 }
    const rows = this.#prepared(
      `SELECT state, count(*) AS results FROM withdrawals
       WHERE model = ? AND cause = 'model-retracted' GROUP BY state`,
    ).all(model)
    for (const { state, results } of rows.map((row) => countRow.parse(row))) counts[state] = results
    const problems = this.#prepared(
      `SELECT DISTINCT code, reason FROM withdrawals
       WHERE model = ? AND cause = 'model-retracted' AND code IS NOT NULL LIMIT 20`,
    ).all(model)
    return { ...counts, problems: problems.map((row) => problemSchema.parse(row)) }
  }

  next(now: Date): Withdrawal | undefined {
    const row = this.#prepared(
      `SELECT * FROM withdrawals
       WHERE state = 'pending' AND (due_ms <= :now OR due_ms > :latest)  -- or the clock was set back since
       ORDER BY due_ms LIMIT 1`,
    ).get({ now: now.getTime(), latest: now.getTime() + longestDelayMs })
    if (row === undefined) return undefined
    const { result_key, study_uid, cause, at_ms, attempt } = withdrawalRow.parse(row)
    return {
      resultKey: result_key,
      studyInstanceUid: study_uid,
      cause,
      at: new Date(at_ms),
      attempt: attempt + 1,
    }
  }

  done(withdrawal: Withdrawal): void {
    this.#settle(withdrawal, 'done', 0, undefined)
  }

  retryAt(withdrawal: Withdrawal, due: Date, problem: Problem): void {
    this.#settle(withdrawal, 'pending', due.getTime(), problem)
  }

  failed(withdrawal: Withdrawal, problem: Problem): void {
    this.#settle(withdrawal, 'failed', 0, problem)
  }

  #settle(withdrawal: Withdrawal, state: string, dueMs: number, problem: Problem | undefined): void {
    this.#prepared(
      'UPDATE withdrawals SET state = ?, attempt = ?, due_ms = ?, code = ?, reason = ? WHERE result_key = ?',
    ).run(state, withdrawal.attempt, dueMs, problem?.code ?? null, problem?.reason ?? null, withdrawal.resultKey)
  }
}
