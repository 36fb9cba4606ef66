import { join } from 'node:path'
import { dayMs } from '../../../src/clock.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir } from '../fixtures.ts'

/** Runs a test with its own store. `open` closes the store and opens it again, like a restart. */
export function withStore(test: (open: () => SqliteStore) => Promise<void> | void): Promise<void> {
  return inTempDir(async (dir) => {
    const opened: SqliteStore[] = []
    await test(() => {
      opened.pop()?.close()
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      opened.push(store)
      return store
    })
    opened.pop()?.close()
  })
}

/** Purges at two looks a day apart. */
export function purge(store: SqliteStore, before: Date): number {
  store.purge(before, 0)
  return store.purge(before, dayMs)
}
