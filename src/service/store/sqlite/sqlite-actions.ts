import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { actorName } from '../actor-name.ts'
import type { DateSearch } from '../fhir-date.ts'
import { type Action, type ActionLog, type ActionSearch, type LoggedAction, actionNames } from '../store.ts'
import { type Prepared, prepare, preparedOnce } from './database.ts'

const actionRow = z
  .object({
    id: z.number(),
    at_ms: z.number(),
    actor: actorName,
    action: z.enum(actionNames),
    study_uid: z.string().nullable(),
  })
  .transform(({ id, at_ms, actor, action, study_uid }): LoggedAction => ({
    number: id,
    at: new Date(at_ms),
    actor,
    action,
    studyInstanceUid: study_uid ?? undefined,
  }))
const countRow = z.object({ actions: z.number() })

/** An action has an exact time, so each prefix is one or two comparisons with the ends of the searched period. */
const dateConditions: Readonly<Record<DateSearch['prefix'], (span: DateSearch['span']) => [string, ...number[]]>> = {
  eq: ({ fromMs, toMs }) => ['at_ms >= ? AND at_ms < ?', fromMs, toMs],
  ne: ({ fromMs, toMs }) => ['NOT (at_ms >= ? AND at_ms < ?)', fromMs, toMs],
  gt: ({ toMs }) => ['at_ms >= ?', toMs],
  ge: ({ fromMs }) => ['at_ms >= ?', fromMs],
  lt: ({ fromMs }) => ['at_ms < ?', fromMs],
  le: ({ toMs }) => ['at_ms < ?', toMs],
}

export class SqliteActions implements ActionLog {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  record({ at, actor, action, studyInstanceUid }: Action): void {
    this.#prepared('INSERT INTO actions (at_ms, actor, action, study_uid) VALUES (?, ?, ?, ?)').run(
      at.getTime(),
      actor,
      action,
      studyInstanceUid ?? null,
    )
  }

  latest(limit: number): readonly LoggedAction[] {
    return toActions(this.#prepared('SELECT * FROM actions ORDER BY id DESC LIMIT ?').all(limit))
  }

  get(number: number): LoggedAction | undefined {
    return toActions(this.#prepared('SELECT * FROM actions WHERE id = ?').all(number))[0]
  }

  ofStudy(studyInstanceUid: string): readonly LoggedAction[] {
    return toActions(this.#prepared('SELECT * FROM actions WHERE study_uid = ? ORDER BY id').all(studyInstanceUid))
  }

  after(number: number, limit: number): readonly LoggedAction[] {
    return toActions(this.#prepared('SELECT * FROM actions WHERE id > ? ORDER BY id LIMIT ?').all(number, limit))
  }

  count(search: ActionSearch): number {
    const { condition, values } = searchCondition(search)
    return countRow.parse(
      prepare(this.#database, `SELECT count(*) AS actions FROM actions WHERE ${condition}`).get(...values),
    ).actions
  }

  find(
    search: ActionSearch,
    { offset, limit }: { readonly offset: number; readonly limit: number },
  ): readonly LoggedAction[] {
    const { condition, values } = searchCondition(search)
    const statement = prepare(this.#database, `SELECT * FROM actions WHERE ${condition} ORDER BY id LIMIT ? OFFSET ?`)
    return toActions(statement.all(...values, limit, offset))
  }
}

function toActions(rows: readonly unknown[]): readonly LoggedAction[] {
  return rows.map((row) => actionRow.parse(row))
}

function searchCondition({ studyInstanceUid, dates }: ActionSearch): {
  condition: string
  values: (string | number)[]
} {
  const parts: readonly (readonly [string, ...(string | number)[]])[] = [
    ['TRUE'],
    ...(studyInstanceUid === undefined ? [] : [['study_uid = ?', studyInstanceUid] as const]),
    ...dates.map(({ prefix, span }) => dateConditions[prefix](span)),
  ]
  return {
    condition: parts.map(([sql]) => sql).join(' AND '),
    values: parts.flatMap(([, ...values]) => values),
  }
}
