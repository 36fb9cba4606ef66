import type { DatabaseSync } from 'node:sqlite'
import { inTransaction, openDatabase } from './database.ts'
import { backUpDatabase } from './database-backup.ts'
import { probeDatabase, requireSound } from './database-faults.ts'
import { SqliteAcknowledged } from './sqlite-acknowledged.ts'
import { SqliteActions } from './sqlite-actions.ts'
import { SqliteDeliveries } from './sqlite-deliveries.ts'
import { SqliteFeeds } from './sqlite-feeds.ts'
import { SqliteFhir } from './sqlite-fhir.ts'
import { SqliteOpinions } from './sqlite-opinions.ts'
import { SqliteResults } from './sqlite-results.ts'
import { SqliteRetention } from './sqlite-retention.ts'
import { SqliteRetractions } from './sqlite-retractions.ts'
import { SqliteStudiesAtLine } from './sqlite-studies-at-line.ts'
import { SqliteStudies } from './sqlite-studies.ts'
import type { Store } from '../store.ts'
import { storeMigrations } from './store-migrations.ts'

/** All state except the jobs, in one SQLite file that only this process can open. */
export class SqliteStore implements Store {
  readonly studies: SqliteStudies
  readonly results: SqliteResults
  readonly retractions: SqliteRetractions
  readonly deliveries: SqliteDeliveries
  readonly fhir: SqliteFhir
  readonly acknowledged: SqliteAcknowledged
  readonly feeds: SqliteFeeds
  readonly atLine: SqliteStudiesAtLine
  readonly actions: SqliteActions
  readonly opinions: SqliteOpinions
  readonly #path: string
  readonly #database: DatabaseSync

  /** @throws SERVICE_STATE_IN_USE, SERVICE_STATE_TOO_NEW, SERVICE_STATE_NOT_COPIED */
  constructor(path: string) {
    this.#path = path
    this.#database = openDatabase(path, storeMigrations)
    this.studies = new SqliteStudies(this.#database)
    this.results = new SqliteResults(this.#database)
    this.retractions = new SqliteRetractions(this.#database)
    this.deliveries = new SqliteDeliveries(this.#database)
    this.fhir = new SqliteFhir(this.#database)
    this.acknowledged = new SqliteAcknowledged(this.#database)
    this.feeds = new SqliteFeeds(this.#database)
    this.atLine = new SqliteStudiesAtLine(this.#database)
    this.actions = new SqliteActions(this.#database)
    this.opinions = new SqliteOpinions(this.#database)
  }

  purge(before: Date, ranMs: number): number {
    const retention = new SqliteRetention(this.#database)
    inTransaction(this.#database, () => {
      retention.look(before, ranMs)
    })
    retention.removeCopies()
    return inTransaction(this.#database, () => {
      const purged = this.studies.purge(retention.latest())
      if (purged === 0) return 0
      this.results.purgeOrphans()
      this.deliveries.purgeOrphans()
      this.opinions.forgetStudies()
      return purged
    })
  }

  requireSound(): void {
    requireSound(this.#database, this.#path)
  }

  probe(): void {
    probeDatabase(this.#database, this.#path)
  }

  /** Copies the file while it is used; see database-backup.ts. */
  backUp(copy: string): Promise<void> {
    return backUpDatabase(this.#database, this.#path, copy)
  }

  close(): void {
    this.#database.close()
  }
}
