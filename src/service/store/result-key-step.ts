import type { Migration } from './sqlite/database.ts'

/** The tables of results under the name of their key column. */
function keyedBy(key: string): string {
  return `CREATE TABLE keyed_results (
     ${key}   TEXT PRIMARY KEY,
     ${key === 'input_key' ? 'result_key  TEXT NOT NULL' : 'input_key   TEXT'},           -- for a rollback
     study_uid   TEXT NOT NULL,
     encoding    TEXT NOT NULL,
     kept        BLOB NOT NULL,           -- prediction and result objects without the pictures' JPEG
     model       TEXT,                    -- see model-name.ts
     decision    TEXT,                    -- null where nothing was analysed
     conclusion  TEXT
   ) STRICT;
   CREATE TABLE keyed_pictures (
     ${key}   TEXT NOT NULL REFERENCES keyed_results ON DELETE CASCADE,
     place       INTEGER NOT NULL,
     image       BLOB NOT NULL,
     PRIMARY KEY (${key}, place)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE keyed_withdrawals (
     ${key}   TEXT PRIMARY KEY,           -- of the result${key === 'input_key' ? '\n     result_key  TEXT NOT NULL,' : ''}
     study_uid   TEXT NOT NULL,
     model       TEXT NOT NULL REFERENCES retracted_models,
     state       TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
     attempt     INTEGER NOT NULL DEFAULT 0,     -- attempts that failed
     due_ms      INTEGER NOT NULL DEFAULT 0,
     code        TEXT,
     reason      TEXT
   ) STRICT, WITHOUT ROWID;`
}

const replaced = `
   DROP TABLE pictures;
   DROP TABLE withdrawals;
   DROP TABLE results;
   ALTER TABLE keyed_results RENAME TO results;
   ALTER TABLE keyed_pictures RENAME TO pictures;
   ALTER TABLE keyed_withdrawals RENAME TO withdrawals;
   CREATE INDEX results_by_study ON results (study_uid);
   CREATE INDEX results_by_model ON results (model);
   CREATE INDEX withdrawals_by_turn ON withdrawals (state, due_ms);
   CREATE INDEX withdrawals_by_model ON withdrawals (model);`

/**
 * Results are kept by their result key alone, and the revisions of a finding are remembered longer than its results, so
 * that no UID is used for other bytes. Before, the key was that of the input: SOP Instance UIDs and model.
 */
export const resultKeyStep: Migration = {
  up: `${keyedBy('result_key')}
   INSERT INTO keyed_results SELECT result_key, input_key, study_uid, encoding, kept, model, decision, conclusion
     FROM results WHERE rowid IN (SELECT max(rowid) FROM results GROUP BY result_key) ORDER BY rowid;
   INSERT OR IGNORE INTO keyed_pictures SELECT result_key, place, image FROM pictures JOIN results USING (input_key)
     WHERE results.rowid IN (SELECT max(rowid) FROM results GROUP BY result_key);
   INSERT OR IGNORE INTO keyed_withdrawals
     SELECT result_key, study_uid, model, state, attempt, due_ms, code, reason FROM withdrawals;
   ${replaced}
   CREATE TABLE result_revisions (
     study_uid    TEXT NOT NULL,
     finding_key  TEXT NOT NULL,
     revision     INTEGER NOT NULL,       -- the latest
     PRIMARY KEY (study_uid, finding_key)
   ) STRICT, WITHOUT ROWID;`,
  down: `${keyedBy('input_key')}
   INSERT INTO keyed_results SELECT coalesce(input_key, result_key), result_key, study_uid, encoding, kept, model, decision, conclusion
     FROM results ORDER BY rowid;
   INSERT INTO keyed_pictures SELECT coalesce(input_key, result_key), place, image FROM pictures JOIN results USING (result_key);
   INSERT INTO keyed_withdrawals
     SELECT coalesce(input_key, result_key), result_key, w.study_uid, w.model, state, attempt, due_ms, code, reason
     FROM withdrawals w LEFT JOIN results USING (result_key);
   ${replaced}
   CREATE INDEX results_by_key ON results (result_key);
   DROP TABLE result_revisions;`,
}
