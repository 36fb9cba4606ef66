import type { Migration } from './sqlite/database.ts'

/** What a person decided where it was in doubt whether a changed study is still the same person's. */
export const identityVerdictsStep: Migration = {
  up: `CREATE TABLE identity_verdicts (
     result_key  TEXT PRIMARY KEY,        -- of the result before the change
     verdict     TEXT NOT NULL CHECK (verdict IN ('correction', 'another-person'))
   ) STRICT, WITHOUT ROWID;`,
  down: `DROP TABLE identity_verdicts;`,
}
