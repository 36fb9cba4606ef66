import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'
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
        `INSERT INTO withdrawals (result_key, study_uid, model, state)
         SELECT result_key, study_uid, model, 'pending' FROM results WHERE model = ?
         ON CONFLICT (result_key) DO UPDATE SET state = 'pending', attempt = 0, due_ms = 0 WHERE state <> 'done'`,
      ).run(model)
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
      'SELECT state, count(*) AS results FROM withdrawals WHERE model = ? GROUP BY state',
    ).all(model)
    for (const { state, results } of rows.map((row) => countRow.parse(row))) counts[state] = results
    const problems = this.#prepared(
      'SELECT DISTINCT code, reason FROM withdrawals WHERE model = ? AND code IS NOT NULL LIMIT 20',
    ).all(model)
    return { ...counts, problems: problems.map((row) => problemSchema.parse(row)) }
  }

  next(now: Date): Withdrawal | undefined {
    const row = this.#prepared(
      `SELECT * FROM withdrawals JOIN retracted_models USING (model)
       WHERE state = 'pending' AND (due_ms <= :now OR due_ms > :latest)  -- or the clock was set back since
       ORDER BY due_ms LIMIT 1`,
    ).get({ now: now.getTime(), latest: now.getTime() + longestDelayMs })
    if (row === undefined) return undefined
    const { result_key, study_uid, attempt } = withdrawalRow.parse(row)
    return {
      resultKey: result_key,
      studyInstanceUid: study_uid,
      retraction: retractionRow.parse(row),
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
