import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { Score } from '../../../feedback/drift.ts'
import type { StudyRef } from '../../../intake/study.ts'
import { decisions } from '../../../classify/prediction.ts'
import { withdrawalCauses } from '../../../report/withdrawal-cause.ts'
import { type Prepared, inTransaction, preparedOnce } from './database.ts'
import { studyUnrecorded } from '../errors.ts'
import { type Finding, type ToldFinding, findingSchema, withdrawnFinding } from '../finding.ts'
import {
  type JobState,
  finishedStates,
  isFinished,
  jobStates,
  sqlStates,
  unfinishedStates,
} from '../../queue/job-states.ts'
import { progressColumns, progressRow } from './progress-row.ts'
import { isOpen } from './sqlite-deliveries.ts'
import { SqliteStudyEvents } from './sqlite-study-events.ts'
import type { Progress, StudyEvent, StudyLedger, StudyRecord } from '../store.ts'

const studyRow = z.object({
  arrival: z.number(),
  study_uid: z.string(),
  orthanc_id: z.string().nullable(),
  arrived_ms: z.number(),
  updated_ms: z.number(),
  finding: z
    .string()
    .transform((text) => findingSchema.parse(JSON.parse(text)))
    .nullable(),
  retracted_ms: z.number().nullable(),
  cause: z.enum(withdrawalCauses).nullable(),
  standing_model: z.string().nullable(),
})

/** Each study, with the date of its model's retraction, if any, and then the model of its latest valid result. */
const studies = `
  SELECT studies.*, cause, coalesce(withdrawn_ms, retracted_models.retracted_ms) AS retracted_ms,
    CASE WHEN retracted_models.retracted_ms IS NOT NULL THEN
    (SELECT results.model FROM results
     WHERE results.study_uid = studies.study_uid AND results.model NOT IN (SELECT model FROM retracted_models)
     ORDER BY results.rowid DESC LIMIT 1) END AS standing_model
  FROM studies LEFT JOIN retracted_models
    ON retracted_models.model = (finding ->> '$.model.name') || '/' || (finding ->> '$.model.version')
  LEFT JOIN (SELECT result_key AS withdrawn_key, cause, at_ms AS withdrawn_ms FROM withdrawals)
    ON withdrawn_key = (finding ->> '$.resultKey')`

const contentRow = z.object({ content: z.string().nullable() })
const sinceRow = z.object({ since: z.number().nullable() })
const scoreRow = z
  .object({
    arrived_ms: z.number(),
    name: z.string(),
    version: z.string(),
    decision: z.enum(decisions),
    pneumonia: z.number(),
  })
  .transform(({ arrived_ms, name, version, decision, pneumonia }): Score => ({
    arrivedAt: new Date(arrived_ms),
    model: { name, version },
    decision,
    pneumonia,
  }))
const stateRow = z.object({ state: z.enum(jobStates) })
const countRow = stateRow.extend({ studies: z.number() })

export class SqliteStudies implements StudyLedger {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared
  readonly #events: SqliteStudyEvents

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
    this.#events = new SqliteStudyEvents(database)
  }

  arrived(study: StudyRef, at: Date): void {
    const { studyInstanceUid: uid } = study
    inTransaction(this.#database, () => {
      const before = this.#prepared('SELECT state FROM studies WHERE study_uid = ?').get(uid)
      this.#prepared(
        `INSERT INTO studies (study_uid, orthanc_id, arrived_ms, updated_ms, state)
           VALUES (:uid, :orthancId, :at, :at, 'waiting')
           ON CONFLICT (study_uid) DO UPDATE SET
             orthanc_id = coalesce(excluded.orthanc_id, orthanc_id), updated_ms = excluded.updated_ms,
             state = iif(state IN (${sqlStates(finishedStates)}), 'waiting', state)`,
      ).run({ uid, orthancId: study.orthancId ?? null, at: at.getTime() })
      const unfinished = before !== undefined && !isFinished(stateRow.parse(before).state)
      if (!unfinished) this.#events.record(uid, { at, progress: { state: 'waiting' }, resultKey: undefined })
    })
  }

  moveTo(studyInstanceUid: string, progress: Progress, at: Date): void {
    this.#update(studyInstanceUid, progress, at)
  }

  found(studyInstanceUid: string, finding: Finding, at: Date): void {
    this.#update(studyInstanceUid, { state: 'done' }, at, finding)
  }

  #update(uid: string, progress: Progress, at: Date, finding?: Finding): void {
    inTransaction(this.#database, () => {
      const { changes } = this.#prepared(
        `UPDATE studies SET state = :state, attempt = :attempt, retry_ms = :retry, code = :code, reason = :reason,
           updated_ms = :at, finding = coalesce(:finding, finding)
         WHERE study_uid = :uid`,
      ).run({
        uid,
        ...progressColumns(progress),
        at: at.getTime(),
        finding: finding === undefined ? null : JSON.stringify(finding),
      })
      if (Number(changes) === 0) throw studyUnrecorded()
      this.#events.record(uid, { at, progress, resultKey: finding?.resultKey })
    })
  }

  history(studyInstanceUid: string): readonly StudyEvent[] {
    return this.#events.ofStudy(studyInstanceUid)
  }

  get(studyInstanceUid: string): StudyRecord | undefined {
    const row = this.#prepared(`${studies} WHERE study_uid = ?`).get(studyInstanceUid)
    return row === undefined ? undefined : toRecord(row)
  }

  content(studyInstanceUid: string): string | undefined {
    const row = this.#prepared('SELECT content FROM studies WHERE study_uid = ?').get(studyInstanceUid)
    return row === undefined ? undefined : (contentRow.parse(row).content ?? undefined)
  }

  noteContent(studyInstanceUid: string, content: string): void {
    this.#prepared('UPDATE studies SET content = ? WHERE study_uid = ?').run(content, studyInstanceUid)
  }

  since(time: Date): readonly StudyRecord[] {
    return this.#prepared(
      `${studies}
         WHERE arrived_ms >= ? OR state IN (${sqlStates([...unfinishedStates, 'dead'])})
           OR study_uid IN (SELECT study_uid FROM deliveries WHERE ${isOpen}) ORDER BY arrival`,
    )
      .all(time.getTime())
      .map(toRecord)
  }

  unfinished(): readonly StudyRecord[] {
    return this.#prepared(`${studies} WHERE state IN (${sqlStates(unfinishedStates)}) ORDER BY arrival`)
      .all()
      .map(toRecord)
  }

  waitingSince(): Date | undefined {
    const row = this.#prepared(`SELECT min(updated_ms) AS since FROM studies WHERE state = 'waiting'`).get()
    const { since } = sinceRow.parse(row)
    return since === null ? undefined : new Date(since)
  }

  withOrthancId(orthancId: string): StudyRecord | undefined {
    const row = this.#prepared(`${studies} WHERE orthanc_id = ? ORDER BY arrival DESC LIMIT 1`).get(orthancId)
    return row === undefined ? undefined : toRecord(row)
  }

  withAccession(accessionNumber: string): readonly StudyRecord[] {
    return this.#prepared(`${studies} WHERE json_extract(finding, '$.accessionNumber') = ? ORDER BY arrival`)
      .all(accessionNumber)
      .map(toRecord)
  }

  scores(): readonly Score[] {
    return this.#prepared(
      `SELECT arrived_ms, finding ->> '$.model.name' AS name, finding ->> '$.model.version' AS version,
         finding ->> '$.decision' AS decision, finding ->> '$.probabilities.pneumonia' AS pneumonia
       FROM studies WHERE finding ->> '$.kind' = 'analysed' ORDER BY arrival`,
    )
      .all()
      .map((row) => scoreRow.parse(row))
  }

  countByState(): Readonly<Record<JobState, number>> {
    const rows = this.#prepared('SELECT state, count(*) AS studies FROM studies GROUP BY state').all()
    const counted = new Map(rows.map((row) => countRow.parse(row)).map(({ state, studies }) => [state, studies]))
    const countOf = (state: JobState): number => counted.get(state) ?? 0
    return Object.fromEntries(jobStates.map((state) => [state, countOf(state)])) as Record<JobState, number>
  }

  /**
   * Deletes finished studies that were not updated since they were seen to be past their retention period, except those
   * whose results are still on their way.
   */
  purge(seenUntil: number): number {
    const purged = this.#prepared(
      `DELETE FROM studies WHERE state IN (${sqlStates(finishedStates)})
         AND study_uid IN (SELECT subject FROM expired WHERE kind = 'study' AND seen_ms <= ?)
         AND study_uid NOT IN (SELECT study_uid FROM deliveries WHERE ${isOpen})`,
    ).run(seenUntil).changes
    if (purged !== 0) this.#events.purgeOrphans()
    return Number(purged)
  }
}

function toRecord(row: Record<string, unknown>): StudyRecord {
  const parsed = studyRow.parse(row)
  const { arrival, study_uid, orthanc_id, arrived_ms, updated_ms } = parsed
  return {
    study: { studyInstanceUid: study_uid, ...(orthanc_id !== null && { orthancId: orthanc_id }) },
    arrival,
    arrivedAt: new Date(arrived_ms),
    updatedAt: new Date(updated_ms),
    progress: progressRow.parse(row),
    finding: toldFinding(parsed),
  }
}

function toldFinding({
  finding,
  retracted_ms,
  cause,
  standing_model,
}: z.output<typeof studyRow>): ToldFinding | undefined {
  if (finding === null || retracted_ms === null) return finding ?? undefined
  return withdrawnFinding(finding, {
    withdrawnAt: new Date(retracted_ms),
    cause: cause ?? 'model-retracted',
    standingModel: standing_model ?? undefined,
  })
}
