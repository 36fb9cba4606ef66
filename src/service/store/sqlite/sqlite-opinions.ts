import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import { decisions } from '../../../classify/prediction.ts'
import { type Opinion, judgements, opinionSources } from '../../../feedback/opinion.ts'
import { actorName } from '../actor-name.ts'
import type { OpinionStore } from '../store.ts'
import { type Prepared, preparedOnce } from './database.ts'

const opinionRow = z
  .object({
    at_ms: z.number(),
    study_uid: z.string().nullable(),
    result_key: z.string(),
    model_name: z.string(),
    model_version: z.string(),
    decision: z.enum(decisions),
    pneumonia: z.number(),
    judgement: z.enum(judgements),
    source: z.enum(opinionSources),
    actor: z.union([actorName, z.literal('report')]),
    document: z.string().nullable(),
    document_version: z.string().nullable(),
  })
  .transform((row): Opinion => {
    const { decision, pneumonia, judgement, source, actor, document, document_version } = row
    return {
      studyInstanceUid: row.study_uid ?? undefined,
      resultKey: row.result_key,
      model: { name: row.model_name, version: row.model_version },
      decision,
      pneumonia,
      judgement,
      source,
      actor,
      document:
        document === null || document_version === null ? undefined : { id: document, version: document_version },
      at: new Date(row.at_ms),
    }
  })

export class SqliteOpinions implements OpinionStore {
  readonly #database: DatabaseSync
  readonly #prepared: Prepared

  constructor(database: DatabaseSync) {
    this.#database = database
    this.#prepared = preparedOnce(database)
  }

  record({ model, document, ...opinion }: Opinion): boolean {
    const { changes } = this.#prepared(
      `INSERT INTO opinions (at_ms, study_uid, result_key, model_name, model_version, decision, pneumonia, judgement,
         source, actor, document, document_version)
       VALUES (:at, :study, :resultKey, :modelName, :modelVersion, :decision, :pneumonia, :judgement,
         :source, :actor, :document, :documentVersion)
       ON CONFLICT DO NOTHING`,
    ).run({
      at: opinion.at.getTime(),
      study: opinion.studyInstanceUid ?? null,
      resultKey: opinion.resultKey,
      modelName: model.name,
      modelVersion: model.version,
      decision: opinion.decision,
      pneumonia: opinion.pneumonia,
      judgement: opinion.judgement,
      source: opinion.source,
      actor: opinion.actor,
      document: document?.id ?? null,
      documentVersion: document?.version ?? null,
    })
    return Number(changes) > 0
  }

  standing(resultKey: string): readonly Opinion[] {
    return this.#prepared(
      `SELECT * FROM opinions
       WHERE id IN (SELECT max(id) FROM opinions WHERE result_key = ? GROUP BY source) AND judgement <> 'withdrawn'
       ORDER BY id`,
    )
      .all(resultKey)
      .map((row) => opinionRow.parse(row))
  }

  allStanding(): readonly Opinion[] {
    return this.#prepared(
      `SELECT * FROM opinions
       WHERE id IN (SELECT max(id) FROM opinions GROUP BY result_key, source) AND judgement <> 'withdrawn'
       ORDER BY id`,
    )
      .all()
      .map((row) => opinionRow.parse(row))
  }

  ofStudy(studyInstanceUid: string): readonly Opinion[] {
    return this.#prepared('SELECT * FROM opinions WHERE study_uid = ? ORDER BY id')
      .all(studyInstanceUid)
      .map((row) => opinionRow.parse(row))
  }

  /** Removes study and report from opinions on studies that are no longer on the worklist. They are still counted. */
  forgetStudies(): void {
    this.#database.exec(
      `UPDATE opinions SET study_uid = NULL, document = NULL, document_version = NULL
       WHERE study_uid NOT IN (SELECT study_uid FROM studies)`,
    )
  }
}
