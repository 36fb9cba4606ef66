import type { Migration } from './sqlite/database.ts'

/** Each target's own queue of results. Results kept before were delivered with their analysis. */
export const deliveriesStep: Migration = {
  up: `CREATE TABLE deliveries (
     id            INTEGER PRIMARY KEY,
     result_key    TEXT NOT NULL,
     study_uid     TEXT NOT NULL,
     target        TEXT NOT NULL,
     state         TEXT NOT NULL CHECK (state IN ('pending', 'done', 'dropped', 'dead')),
     since_ms      INTEGER NOT NULL,
     attempts      INTEGER NOT NULL DEFAULT 0,     -- that failed
     waited_ms     INTEGER NOT NULL DEFAULT 0,     -- between attempts in all, whatever the clock says
     due_ms        INTEGER NOT NULL DEFAULT 0,
     code          TEXT,
     reason        TEXT,
     acknowledged_ms  INTEGER,
     actor            TEXT,
     acknowledged_why TEXT,
     UNIQUE (result_key, target)
   ) STRICT;
   CREATE INDEX deliveries_by_turn ON deliveries (state, target, due_ms);
   CREATE INDEX deliveries_by_study ON deliveries (study_uid);`,
  // Earlier versions do not know the new actions. A retry is the nearest that they know.
  down: `DROP TABLE deliveries;
   UPDATE actions SET action = 'retry' WHERE action IN ('retry-delivery', 'acknowledge-delivery');`,
}
