import type { Migration } from './sqlite/database.ts'

function withdrawalsTable(columns: string): string {
  return `CREATE TABLE caused_withdrawals (
     result_key  TEXT PRIMARY KEY,
     study_uid   TEXT NOT NULL,
     ${columns}
     state       TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
     attempt     INTEGER NOT NULL DEFAULT 0,     -- attempts that failed
     due_ms      INTEGER NOT NULL DEFAULT 0,
     code        TEXT,
     reason      TEXT
   ) STRICT, WITHOUT ROWID;`
}

const replaced = `
   DROP TABLE withdrawals;
   ALTER TABLE caused_withdrawals RENAME TO withdrawals;
   CREATE INDEX withdrawals_by_turn ON withdrawals (state, due_ms);
   CREATE INDEX withdrawals_by_model ON withdrawals (model);`

/** A single result can be withdrawn, too, not only all of a model. */
export const withdrawalCauseStep: Migration = {
  up: `${withdrawalsTable(`model       TEXT NOT NULL,
     cause       TEXT NOT NULL,           -- see withdrawal-cause.ts
     at_ms       INTEGER NOT NULL,`)}
   INSERT INTO caused_withdrawals
     SELECT result_key, study_uid, model, 'model-retracted', retracted_ms, state, attempt, due_ms, code, reason
     FROM withdrawals JOIN retracted_models USING (model);
   ${replaced}
   CREATE INDEX studies_by_orthanc_id ON studies (orthanc_id);`,
  // A result of another patient would count as valid again, so the rollback fails if there is one.
  down: `CREATE TABLE unwithdrawn (
     results INTEGER CONSTRAINT "a withdrawn result would be valid again" CHECK (results = 0)
   ) STRICT;
   INSERT INTO unwithdrawn SELECT count(*) FROM withdrawals WHERE cause <> 'model-retracted';
   DROP TABLE unwithdrawn;
   ${withdrawalsTable(`model       TEXT NOT NULL REFERENCES retracted_models,`)}
   INSERT INTO caused_withdrawals
     SELECT result_key, study_uid, model, state, attempt, due_ms, code, reason FROM withdrawals;
   ${replaced}
   DROP INDEX studies_by_orthanc_id;`,
}
