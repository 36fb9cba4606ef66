import { join } from 'node:path'
import type { Queue } from '../queue/queue.ts'
import { SqliteQueue } from '../queue/sqlite-queue.ts'
import { draftOf } from '../store/sqlite/database-backup.ts'
import type { SqliteStore } from '../store/sqlite/sqlite-store.ts'

/** Copies the databases beside themselves, for the backup command to fetch. Requests at the same time share one copy. Redis has its own backups. */
export function stateBackup(stateDir: string, store: SqliteStore, queue: Queue): () => Promise<void> {
  let running: Promise<void> | undefined
  const backUp = async (): Promise<void> => {
    // The queue first; see database-backup.ts.
    if (queue instanceof SqliteQueue) await queue.backUp(draftOf(join(stateDir, 'queue.sqlite')))
    await store.backUp(draftOf(join(stateDir, 'store.sqlite')))
  }
  return () => (running ??= backUp().finally(() => (running = undefined)))
}
