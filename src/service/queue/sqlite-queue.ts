import { randomInt } from 'node:crypto'
import type { DatabaseSync } from 'node:sqlite'
import { z } from 'zod'
import type { StudyRef } from '../../intake/study.ts'
import type { Clock } from '../../clock.ts'
import { type Migration, type Prepared, inTransaction, openDatabase, preparedOnce } from '../store/sqlite/database.ts'
import { backUpDatabase } from '../store/sqlite/database-backup.ts'
import { probeDatabase } from '../store/sqlite/database-faults.ts'
import { claimLost } from './errors.ts'
import { longestDelayMs } from './retry-delay.ts'
import { type FinishedState, finishedStates, jobStates, sqlStates, unfinishedStates } from './job-states.ts'
import type { Claim, EnqueueCause, Job, Lane, Queue } from './queue.ts'
import type { CancelEffect, EnqueueEffect } from './queue-effects.ts'
import { WorkListeners } from './work-listeners.ts'

const migrations: readonly Migration[] = [
  {
    up: `CREATE TABLE jobs (
     study_uid   TEXT PRIMARY KEY,
     orthanc_id  TEXT,
     lane        INTEGER NOT NULL,               -- 0 urgent, 1 normal
     place       INTEGER NOT NULL,               -- order of arrival
     state       TEXT NOT NULL CHECK (state IN ('waiting', 'active', 'retrying', 'done', 'skipped', 'dead')),
     attempt     INTEGER NOT NULL DEFAULT 0,
     claims      INTEGER NOT NULL DEFAULT 0,     -- the receipt of the latest claim
     due_ms      INTEGER NOT NULL DEFAULT 0,
     lease_ms    INTEGER NOT NULL DEFAULT 0,     -- when the lease ends, on the steady clock of the process
     came_again  INTEGER NOT NULL DEFAULT 0,
     suspect     INTEGER NOT NULL DEFAULT 0,     -- was being worked on when a process ended
     updated_ms  INTEGER NOT NULL
   ) STRICT;
   CREATE INDEX jobs_by_turn ON jobs (state, lane, place);`,
    down: undefined,
  },
  // When a retry is due on the steady clock of the process. due_ms is for the next process.
  {
    up: `ALTER TABLE jobs ADD COLUMN due_steady_ms INTEGER NOT NULL DEFAULT 0;`,
    down: `ALTER TABLE jobs DROP COLUMN due_steady_ms;`,
  },
]

const jobRow = z
  .object({
    study_uid: z.string(),
    orthanc_id: z.string().nullable(),
    lane: z.number(),
    state: z.enum(jobStates),
    attempt: z.number(),
  })
  .transform((row) => ({ ...row, study: studyRef(row.study_uid, row.orthanc_id) }))

/** The largest range of `randomInt`. */
const receiptLimit = 2 ** 48 - 1

const laneNumber: Readonly<Record<Lane, number>> = { urgent: 0, normal: 1, backfill: 2 }

interface SqliteQueueOptions {
  readonly path: string
  readonly clock: Clock
  /** Duration of a lease. A worker that does not renew it in time loses its study to another. */
  readonly leaseMs: number
}

/**
 * Jobs in one SQLite file, for one process. Opening it requeues the studies that a previous process had claimed. One of
 * them may have crashed that process, so each is processed first and alone: a second crash then costs no other study an
 * attempt.
 */
export class SqliteQueue implements Queue {
  readonly #path: string
  readonly #database: DatabaseSync
  readonly #prepared: Prepared
  readonly #clock: Clock
  readonly #leaseMs: number
  readonly #listeners = new WorkListeners()

  /** @throws SERVICE_STATE_IN_USE, SERVICE_STATE_TOO_NEW */
  constructor({ path, clock, leaseMs }: SqliteQueueOptions) {
    this.#path = path
    this.#database = openDatabase(path, migrations)
    this.#prepared = preparedOnce(this.#database)
    this.#clock = clock
    this.#leaseMs = leaseMs
    // The file is locked to this process, so the process that claimed these jobs has ended. Their attempts still count.
    // The next run is also the repetition of a study that was enqueued again during the work.
    const sql = `UPDATE jobs SET state = 'waiting', suspect = 1, came_again = 0, updated_ms = :now WHERE state = 'active'`
    this.#run(sql, { now: this.#nowMs() })
    this.#continueWaits()
  }

  /** The steady clock began anew. The time of day may have been set meanwhile: no wait is longer than the longest. */
  #continueWaits(): void {
    const sql = `UPDATE jobs SET due_steady_ms = :steady + min(max(due_ms - :now, 0), :longest) WHERE state = 'retrying'`
    this.#run(sql, { steady: this.#steadyMs(), now: this.#nowMs(), longest: longestDelayMs })
  }

  enqueue(study: StudyRef, lane: Lane, cause: EnqueueCause): Promise<EnqueueEffect> {
    const effect = inTransaction(this.#database, () => this.#enqueue(study, lane, cause))
    if (effect === 'queued') this.#listeners.announce()
    return Promise.resolve(effect)
  }

  #enqueue(study: StudyRef, lane: Lane, cause: EnqueueCause): EnqueueEffect {
    const found = this.#find(study.studyInstanceUid)
    const uid = study.studyInstanceUid
    if (found?.state === 'active') {
      this.#run('UPDATE jobs SET came_again = 1 WHERE study_uid = :uid', { uid })
      return 'after-current'
    }
    if (found?.state === 'waiting' && laneNumber[lane] >= found.lane) return 'unchanged'
    // An arrival does not bring a retry forward: the archive itself may be what failed.
    if (found?.state === 'retrying' && cause === 'arrived') return 'unchanged'
    this.#run(
      `INSERT INTO jobs (study_uid, orthanc_id, lane, state, updated_ms, place)
       VALUES (:uid, :orthancId, :lane, 'waiting', :now, (SELECT coalesce(max(place), 0) + 1 FROM jobs))
       ON CONFLICT (study_uid) DO UPDATE SET
         orthanc_id = coalesce(excluded.orthanc_id, orthanc_id), lane = excluded.lane, state = 'waiting',
         attempt = 0, updated_ms = excluded.updated_ms, place = excluded.place`,
      { uid, orthancId: study.orthancId ?? null, lane: laneNumber[lane], now: this.#nowMs() },
    )
    return 'queued'
  }

  cancel(uid: string): Promise<CancelEffect> {
    const effect = inTransaction(this.#database, (): CancelEffect => {
      const underWay = this.#run(`UPDATE jobs SET came_again = 0 WHERE study_uid = :uid AND state = 'active'`, { uid })
      if (underWay > 0) return 'under-way'
      const sql = `DELETE FROM jobs WHERE study_uid = :uid AND state IN ('waiting', 'retrying')`
      return this.#run(sql, { uid }) > 0 ? 'cancelled' : 'nothing'
    })
    return Promise.resolve(effect)
  }

  /** Suspects come first, and nothing is claimed beside one. So nothing runs yet when a suspect is claimed. */
  claim(): Promise<Claim | undefined> {
    const now = this.#nowMs()
    const steady = this.#steadyMs()
    // Random, because a counter in the row restarts when the job is cancelled or purged and enqueued again: a worker
    // that lost its lease long ago would then hold the new claim's receipt.
    const receipt = randomInt(receiptLimit)
    const lease = steady + this.#leaseMs
    // In a transaction, because a claim that was not committed would be taken again and again.
    const taken = inTransaction(this.#database, () => this.#take({ now, steady, receipt, lease }))
    if (taken === undefined) return Promise.resolve(undefined)
    const { study, attempt } = jobRow.parse(taken)
    return Promise.resolve({ study, attempt, receipt: String(receipt) })
  }

  #take(values: Record<'now' | 'steady' | 'receipt' | 'lease', number>): unknown {
    return this.#prepared(
      `UPDATE jobs SET state = 'active', attempt = attempt + 1, claims = :receipt, lease_ms = :lease, updated_ms = :now
       WHERE study_uid = (
         SELECT study_uid FROM jobs
         WHERE (state = 'waiting' OR (state = 'active' AND lease_ms <= :steady)
                OR (state = 'retrying' AND due_steady_ms <= :steady))
           AND NOT EXISTS (SELECT 1 FROM jobs other WHERE other.state = 'active' AND other.lease_ms > :steady AND other.suspect)
         ORDER BY suspect DESC, lane, place LIMIT 1)
       RETURNING *`,
    ).get(values)
  }

  renew(claim: Claim): Promise<void> {
    return this.#change(claim, 'lease_ms = :lease', { lease: this.#steadyMs() + this.#leaseMs })
  }

  finish(claim: Claim, state: FinishedState): Promise<void> {
    return this.#change(
      claim,
      `state = iif(came_again, 'waiting', :state), attempt = iif(came_again, 0, attempt), came_again = 0, suspect = 0`,
      { state },
    )
  }

  retryIn(claim: Claim, waitMs: number): Promise<void> {
    return this.#change(
      claim,
      `state = 'retrying', came_again = 0, suspect = 0, due_ms = :now + :wait, due_steady_ms = :steady + :wait`,
      { wait: waitMs, steady: this.#steadyMs() },
    )
  }

  giveBack(claim: Claim): Promise<void> {
    return this.#change(claim, `state = 'waiting', came_again = 0, attempt = :attempt`, { attempt: claim.attempt - 1 })
  }

  /** Changes an active job if the claim is still valid. */
  #change(claim: Claim, assignments: string, values: Record<string, string | number>): Promise<void> {
    const changed = this.#run(
      `UPDATE jobs SET ${assignments}, updated_ms = :now
       WHERE study_uid = :uid AND state = 'active' AND claims = :receipt`,
      { ...values, now: this.#nowMs(), uid: claim.study.studyInstanceUid, receipt: Number(claim.receipt) },
    )
    if (changed === 0) return Promise.reject(claimLost())
    this.#listeners.announce()
    return Promise.resolve()
  }

  job(studyInstanceUid: string): Promise<Job | undefined> {
    return Promise.resolve(this.#find(studyInstanceUid))
  }

  #find(uid: string): z.output<typeof jobRow> | undefined {
    const row = this.#prepared('SELECT * FROM jobs WHERE study_uid = :uid').get({ uid })
    return row === undefined ? undefined : jobRow.parse(row)
  }

  unfinished(): Promise<readonly Job[]> {
    const rows = this.#prepared(
      `SELECT * FROM jobs WHERE state IN (${sqlStates(unfinishedStates)}) ORDER BY lane, place`,
    ).all()
    return Promise.resolve(rows.map((row) => jobRow.parse(row)))
  }

  onWork(listener: () => void): () => void {
    return this.#listeners.add(listener)
  }

  purge(before: Date): Promise<number> {
    const sql = `DELETE FROM jobs WHERE state IN (${sqlStates(finishedStates)}) AND updated_ms < :before`
    return Promise.resolve(this.#run(sql, { before: before.getTime() }))
  }

  probe(): Promise<void> {
    return Promise.try(() => {
      probeDatabase(this.#database, this.#path)
    })
  }

  /** Copies the file while it is used; see database-backup.ts. */
  backUp(copy: string): Promise<void> {
    return backUpDatabase(this.#database, this.#path, copy)
  }

  close(): Promise<void> {
    this.#database.close()
    return Promise.resolve()
  }

  #run(sql: string, values: Record<string, string | number | null>): number {
    return Number(this.#prepared(sql).run(values).changes)
  }

  #nowMs(): number {
    return this.#clock.now().getTime()
  }

  /** For leases and waits of this process. Setting the clock ends none and prolongs none. */
  #steadyMs(): number {
    return Math.round(this.#clock.steadyMs())
  }
}

function studyRef(studyInstanceUid: string, orthancId: string | null): StudyRef {
  return orthancId === null ? { studyInstanceUid } : { studyInstanceUid, orthancId }
}
