import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { modelName } from '../../../classify/model-name.ts'
import { decisions } from '../../../classify/prediction.ts'
import type { KeptResults } from '../../../pipeline.ts'
import { release } from '../../../pixels/release.ts'
import { conclusion } from '../../../report/conclusion.ts'
import { type IdentityVerdict, identityVerdicts } from '../../../report/identity/identity-change.ts'
import { withdrawalCauses } from '../../../report/withdrawal-cause.ts'
import { dicomObjects } from '../../../report/result-kinds.ts'
import type { ResultObjects } from '../../../report/result-objects.ts'
import { findingKeysOf, resultKey } from '../../../report/uids.ts'
import { type Prepared, inTransaction, prepare, preparedOnce } from './database.ts'
import { decodeResults, encodeResults, resultEncoding } from '../result-encoding.ts'
import type { ResultStore, StudyResult } from '../store.ts'

const bytes = z.instanceof<typeof Uint8Array<ArrayBuffer>>(Uint8Array)
const resultRow = z.object({ encoding: z.string(), kept: bytes })
const keyRow = z.object({ result_key: z.string() })
const seriesRow = z.object({ series_uid: z.string() })
const revisionRow = z.object({ revision: z.number() })
const findingRow = revisionRow.extend({ finding_key: z.string() })
const verdictRow = z.object({ verdict: z.enum(identityVerdicts) })
const modelRow = z.object({ model: z.string() })
const conclusionRow = z.object({ conclusion: z.string() })
const studyResultRow = z
  .object({
    result_key: z.string(),
    model: z.string(),
    decision: z.enum(decisions).nullable(),
    retracted_ms: z.number().nullable(),
    cause: z.enum(withdrawalCauses).nullable(),
    pictures: z.number(),
  })
  .transform(({ result_key, model, decision, retracted_ms, cause, pictures }): StudyResult => ({
    resultKey: result_key,
    model,
    decision: decision ?? undefined,
    pictureCount: pictures,
    withdrawnAt: retracted_ms === null ? undefined : new Date(retracted_ms),
    withdrawalCause: retracted_ms === null ? undefined : (cause ?? 'model-retracted'),
  }))
const pictureRow = z.object({ image: bytes })

export class SqliteResults implements ResultStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
    this.#describeOlderResults()
  }

  /** Fills in the columns of results that were stored before those columns existed. */
  #describeOlderResults(): void {
    const update = prepare(
      this.#database,
      'UPDATE results SET model = ?, decision = ?, conclusion = ? WHERE result_key = ?',
    )
    for (const row of prepare(this.#database, 'SELECT result_key FROM results WHERE conclusion IS NULL').all()) {
      const key = keyRow.parse(row).result_key
      const kept = this.keptResults(key)
      if (kept !== undefined) update.run(...descriptionOf(kept), key)
    }
  }

  keptResults(resultKey: string): KeptResults | undefined {
    const row = this.#prepared('SELECT encoding, kept FROM results WHERE result_key = ?').get(resultKey)
    if (row === undefined) return undefined
    const { encoding, kept } = resultRow.parse(row)
    const pictures = this.#prepared('SELECT image FROM pictures WHERE result_key = ? ORDER BY place').all(resultKey)
    return decodeResults(
      encoding,
      kept,
      pictures.map((picture) => pictureRow.parse(picture).image),
    )
  }

  /** The first results under a key stay: they may have been delivered, and a retry must send the same bytes. */
  keepResults(kept: KeptResults): boolean {
    const { resultKey, studyInstanceUid, pagePictures } = kept.results
    return inTransaction(this.#database, () => {
      const encoded = encodeResults(kept)
      // Not cached: a cached statement keeps its last bound values in memory, which are megabytes here.
      const { changes } = this.#database
        .prepare(
          `INSERT INTO results (result_key, study_uid, encoding, kept, model, decision, conclusion)
           VALUES (?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
        )
        .run(resultKey, studyInstanceUid, resultEncoding, encoded, ...descriptionOf(kept))
      release(encoded)
      if (Number(changes) === 0) return false
      const insert = this.#database.prepare('INSERT INTO pictures (result_key, place, image) VALUES (?, ?, ?)')
      for (const [place, jpeg] of pagePictures.entries()) insert.run(resultKey, place, jpeg)
      this.#noteOwnSeries(kept.results)
      this.#noteRevision(kept)
      return true
    })
  }

  #noteRevision({ prediction, results: { resultKey: key, studyInstanceUid } }: KeptResults): void {
    const { findingKey } = findingKeysOf(prediction)
    const revision = (this.latestRevision(studyInstanceUid, findingKey) ?? -1) + 1
    // Results of former versions have keys without a revision.
    if (key !== resultKey(findingKey, revision)) return
    this.#prepared('INSERT OR REPLACE INTO result_revisions VALUES (?, ?, ?)').run(
      studyInstanceUid,
      findingKey,
      revision,
    )
  }

  latestRevision(studyInstanceUid: string, findingKey: string): number | undefined {
    const sql = 'SELECT revision FROM result_revisions WHERE study_uid = ? AND finding_key = ?'
    const row = this.#prepared(sql).get(studyInstanceUid, findingKey)
    return row === undefined ? undefined : revisionRow.parse(row).revision
  }

  latestRevisions(studyInstanceUid: string): ReadonlyMap<string, number> {
    const rows = this.#prepared('SELECT finding_key, revision FROM result_revisions WHERE study_uid = ?')
    return new Map(
      rows
        .all(studyInstanceUid)
        .map((row) => findingRow.parse(row))
        .map((row) => [row.finding_key, row.revision]),
    )
  }

  latestResultKey(studyInstanceUid: string): string | undefined {
    const sql = `SELECT result_key FROM results WHERE study_uid = ?
      AND result_key NOT IN (SELECT result_key FROM withdrawals WHERE cause <> 'model-retracted')
      ORDER BY rowid DESC LIMIT 1`
    const row = this.#prepared(sql).get(studyInstanceUid)
    return row === undefined ? undefined : keyRow.parse(row).result_key
  }

  identityVerdict(resultKey: string): IdentityVerdict | undefined {
    const row = this.#prepared('SELECT verdict FROM identity_verdicts WHERE result_key = ?').get(resultKey)
    return row === undefined ? undefined : verdictRow.parse(row).verdict
  }

  decideIdentity(resultKey: string, verdict: IdentityVerdict): void {
    this.#prepared('INSERT OR REPLACE INTO identity_verdicts VALUES (?, ?)').run(resultKey, verdict)
  }

  conclusion(resultKey: string): string | undefined {
    const row = this.#prepared('SELECT conclusion FROM results WHERE result_key = ?').get(resultKey)
    return row === undefined ? undefined : conclusionRow.parse(row).conclusion
  }

  #noteOwnSeries({ studyInstanceUid, parts }: ResultObjects): void {
    for (const { seriesInstanceUid } of dicomObjects(parts)) this.noteOwnSeries(studyInstanceUid, seriesInstanceUid)
  }

  noteOwnSeries(studyInstanceUid: string, seriesInstanceUid: string): void {
    this.#prepared('INSERT OR IGNORE INTO own_series (study_uid, series_uid) VALUES (?, ?)').run(
      studyInstanceUid,
      seriesInstanceUid,
    )
  }

  ofStudy(studyInstanceUid: string): readonly StudyResult[] {
    return this.#prepared(
      `SELECT results.result_key, results.model, decision, cause, coalesce(at_ms, retracted_ms) AS retracted_ms,
         (SELECT count(*) FROM pictures WHERE pictures.result_key = results.result_key) AS pictures
       FROM results LEFT JOIN retracted_models USING (model) LEFT JOIN withdrawals USING (result_key)
       WHERE results.study_uid = ? ORDER BY results.rowid`,
    )
      .all(studyInstanceUid)
      .map((row) => studyResultRow.parse(row))
  }

  models(): readonly string[] {
    const rows = this.#prepared('SELECT DISTINCT model FROM results ORDER BY model').all()
    return rows.map((row) => modelRow.parse(row).model)
  }

  ownSeries(studyInstanceUid: string): ReadonlySet<string> {
    const rows = this.#prepared('SELECT series_uid FROM own_series WHERE study_uid = ?').all(studyInstanceUid)
    return new Set(rows.map((row) => seriesRow.parse(row).series_uid))
  }

  picture(resultKey: string, index: number): Uint8Array<ArrayBuffer> | undefined {
    const row = this.#prepared('SELECT image FROM pictures WHERE result_key = ? AND place = ?').get(resultKey, index)
    return row === undefined ? undefined : pictureRow.parse(row).image
  }

  /** Deletes results of studies that are no longer on the worklist, unless a withdrawal is pending or has failed. */
  purgeOrphans(): void {
    const orphaned = `study_uid NOT IN (SELECT study_uid FROM studies)
      AND study_uid NOT IN (SELECT study_uid FROM withdrawals WHERE state <> 'done')`
    for (const table of ['results', 'own_series']) this.#database.exec(`DELETE FROM ${table} WHERE ${orphaned}`)
  }
}

/** The columns that describe a result without decoding it. */
function descriptionOf({ prediction }: KeptResults): [model: string, decision: string | null, conclusion: string] {
  const decision = prediction.kind === 'analysed' ? prediction.decision : null
  return [modelName(prediction.model), decision, conclusion(prediction)]
}
