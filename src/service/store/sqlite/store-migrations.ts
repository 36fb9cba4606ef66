import { codeSpellingStep } from '../code-spelling-step.ts'
import { deliveriesStep } from '../deliveries-step.ts'
import { identityVerdictsStep } from '../identity-verdicts-step.ts'
import { withdrawalCauseStep } from '../withdrawal-cause-step.ts'
import { resultKeyStep } from '../result-key-step.ts'
import type { Migration } from './database.ts'

/** The migrations of the store. A released migration is never edited; a change is a new migration. */
export const storeMigrations: readonly Migration[] = [
  {
    up: `CREATE TABLE feeds (
     feed     TEXT PRIMARY KEY,
     position INTEGER NOT NULL
   ) STRICT;

   CREATE TABLE studies (
     arrival     INTEGER PRIMARY KEY AUTOINCREMENT,
     study_uid   TEXT NOT NULL UNIQUE,
     orthanc_id  TEXT,
     content     TEXT,                    -- what it held when it was taken in
     arrived_ms  INTEGER NOT NULL,
     updated_ms  INTEGER NOT NULL,
     state       TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'retrying', 'done', 'skipped', 'dead')),
     attempt     INTEGER,
     retry_ms    INTEGER,
     code        TEXT,
     reason      TEXT,
     finding     TEXT                     -- JSON, see finding.ts
   ) STRICT;
   CREATE INDEX studies_by_arrival_time ON studies (arrived_ms);
   CREATE INDEX studies_by_state ON studies (state);

   CREATE TABLE results (
     input_key   TEXT PRIMARY KEY,
     result_key  TEXT NOT NULL,
     study_uid   TEXT NOT NULL,
     encoding    TEXT NOT NULL,
     kept        BLOB NOT NULL            -- prediction and result objects without the pictures' PNG
   ) STRICT;
   CREATE INDEX results_by_study ON results (study_uid);
   CREATE INDEX results_by_key ON results (result_key);

   CREATE TABLE own_series (
     study_uid   TEXT NOT NULL,
     series_uid  TEXT NOT NULL,
     PRIMARY KEY (study_uid, series_uid)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE pictures (
     input_key   TEXT NOT NULL REFERENCES results ON DELETE CASCADE,
     place       INTEGER NOT NULL,
     png         BLOB NOT NULL,
     PRIMARY KEY (input_key, place)
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE actions (
     id          INTEGER PRIMARY KEY,
     at_ms       INTEGER NOT NULL,
     actor       TEXT NOT NULL,
     action      TEXT NOT NULL,
     study_uid   TEXT
   ) STRICT;

   CREATE TABLE fhir_resources (
     place        INTEGER PRIMARY KEY,    -- order in which they were first put
     type         TEXT NOT NULL,
     id           TEXT NOT NULL,
     resource     TEXT NOT NULL,          -- JSON as served
     UNIQUE (type, id)
   ) STRICT;

   CREATE TABLE fhir_keys (
     type         TEXT NOT NULL,
     id           TEXT NOT NULL,
     parameter    TEXT NOT NULL,          -- see fhir-search.ts
     value        TEXT NOT NULL,
     PRIMARY KEY (type, parameter, value, id),
     FOREIGN KEY (type, id) REFERENCES fhir_resources (type, id) ON DELETE CASCADE
   ) STRICT, WITHOUT ROWID;`,
    down: undefined,
  },
  {
    up: `ALTER TABLE results ADD COLUMN model TEXT;      -- see model-name.ts; the store fills it in for results kept before this step
   ALTER TABLE results ADD COLUMN decision TEXT;   -- null where nothing was analysed
   CREATE INDEX results_by_model ON results (model);

   CREATE TABLE retracted_models (
     model         TEXT PRIMARY KEY,
     retracted_ms  INTEGER NOT NULL,
     actor         TEXT NOT NULL
   ) STRICT, WITHOUT ROWID;

   CREATE TABLE withdrawals (
     input_key   TEXT PRIMARY KEY,               -- of the result
     result_key  TEXT NOT NULL,
     study_uid   TEXT NOT NULL,
     model       TEXT NOT NULL REFERENCES retracted_models,
     state       TEXT NOT NULL CHECK (state IN ('pending', 'done', 'failed')),
     attempt     INTEGER NOT NULL DEFAULT 0,     -- attempts that failed
     due_ms      INTEGER NOT NULL DEFAULT 0,
     code        TEXT,
     reason      TEXT
   ) STRICT, WITHOUT ROWID;
   CREATE INDEX withdrawals_by_turn ON withdrawals (state, due_ms);
   CREATE INDEX withdrawals_by_model ON withdrawals (model);`,
    // Without these tables a retracted model would work again, so the rollback fails if a model is retracted.
    down: `CREATE TABLE unretracted (
     models INTEGER CONSTRAINT "a retracted model would work again" CHECK (models = 0)
   ) STRICT;
   INSERT INTO unretracted SELECT count(*) FROM retracted_models;
   DROP TABLE unretracted;
   DROP TABLE withdrawals;
   DROP TABLE retracted_models;
   DROP INDEX results_by_model;
   ALTER TABLE results DROP COLUMN decision;
   ALTER TABLE results DROP COLUMN model;`,
  },
  // Readers' opinions on results. They outlive the study's row, and are then anonymous but still counted.
  {
    up: `CREATE TABLE opinions (
     id               INTEGER PRIMARY KEY,
     at_ms            INTEGER NOT NULL,
     study_uid        TEXT,
     result_key       TEXT NOT NULL,
     model_name       TEXT NOT NULL,
     model_version    TEXT NOT NULL,
     decision         TEXT NOT NULL CHECK (decision IN ('present', 'absent', 'undetermined')),
     pneumonia        REAL NOT NULL,
     judgement        TEXT NOT NULL
                      CHECK (judgement IN ('agree', 'disagree', 'reads-present', 'reads-absent', 'withdrawn')),
     source           TEXT NOT NULL CHECK (source IN ('page', 'fhir', 'structured-report')),
     actor            TEXT NOT NULL,
     document         TEXT,               -- the report it was read from
     document_version TEXT,
     UNIQUE (result_key, source, document, document_version)
   ) STRICT;
   CREATE INDEX opinions_by_study ON opinions (study_uid);
   CREATE INDEX studies_by_accession ON studies (json_extract(finding, '$.accessionNumber'));`,
    down: `DROP INDEX studies_by_accession; DROP TABLE opinions;`,
  },
  {
    up: `CREATE TABLE acknowledged_messages (
     control_id   TEXT PRIMARY KEY        -- MSH-10 of an HL7 v2 message that its receiver has
   ) STRICT, WITHOUT ROWID;`,
    down: `DROP TABLE acknowledged_messages;`,
  },
  // The history of each study, for its page.
  {
    up: `CREATE TABLE study_events (
     id          INTEGER PRIMARY KEY,
     study_uid   TEXT NOT NULL,
     at_ms       INTEGER NOT NULL,
     state       TEXT NOT NULL,
     attempt     INTEGER,
     retry_ms    INTEGER,
     code        TEXT,
     reason      TEXT,
     result_key  TEXT                     -- of done: the result that was found
   ) STRICT;
   CREATE INDEX study_events_by_study ON study_events (study_uid);
   CREATE INDEX actions_by_study ON actions (study_uid);
   CREATE INDEX actions_by_time ON actions (at_ms);`,
    down: `DROP INDEX actions_by_time; DROP INDEX actions_by_study; DROP TABLE study_events;`,
  },
  // JPEG files, or PNG files if stored before this migration.
  {
    up: `ALTER TABLE pictures RENAME COLUMN png TO image;`,
    down: `ALTER TABLE pictures RENAME COLUMN image TO png;`,
  },
  // The finding as text. The store fills it in for results stored before this migration.
  {
    up: `ALTER TABLE results ADD COLUMN conclusion TEXT;`,
    down: `ALTER TABLE results DROP COLUMN conclusion;`,
  },
  codeSpellingStep,
  resultKeyStep,
  deliveriesStep,
  // What is past its retention period, and how long the service has run in all; see sqlite-retention.ts.
  {
    up: `CREATE TABLE expired (
     kind        TEXT NOT NULL CHECK (kind IN ('study', 'copy')),
     subject     TEXT NOT NULL,           -- Study Instance UID, or name of a database's copy
     changed_ms  INTEGER NOT NULL,        -- a study that was updated since is not the one that was seen
     seen_ms     INTEGER NOT NULL,        -- ran_ms of the first look
     PRIMARY KEY (kind, subject, changed_ms)
   ) STRICT, WITHOUT ROWID;
   CREATE TABLE retention_clock (ran_ms INTEGER NOT NULL) STRICT;
   INSERT INTO retention_clock VALUES (0);`,
    down: `DROP TABLE retention_clock; DROP TABLE expired;`,
  },
  // What identifies the last change that a feed processed, and which studies the first poll found.
  {
    up: `ALTER TABLE feeds ADD COLUMN mark TEXT;         -- JSON
   CREATE TABLE studies_at_line (
     study_uid       TEXT PRIMARY KEY,
     instance_count  INTEGER NOT NULL
   ) STRICT, WITHOUT ROWID;`,
    down: `DROP TABLE studies_at_line; ALTER TABLE feeds DROP COLUMN mark;`,
  },
  withdrawalCauseStep,
  identityVerdictsStep,
]
