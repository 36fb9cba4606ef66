import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect } from 'chai'
import { jobStates } from '../../../src/service/queue/job-states.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir, realClock } from '../fixtures.ts'

/** The states that a table's CHECK constraint allows. */
function statesAllowedIn(path: string, table: string): readonly string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const row = database.prepare('SELECT sql FROM sqlite_master WHERE name = ?').get(table)
  database.close()
  const list = /CHECK \(state IN \(([^)]*)\)\)/.exec(String(row?.['sql']))?.[1] ?? ''
  return [...list.matchAll(/'(\w+)'/g)].map(([, state]) => state!)
}

describe('job states', () => {
  it('match the CHECK constraints of the store and the queue database', () =>
    inTempDir(async (dir) => {
      const [store, queue] = [join(dir, 'store.sqlite'), join(dir, 'queue.sqlite')]
      new SqliteStore(store).close()
      await new SqliteQueue({ path: queue, clock: realClock, leaseMs: 1000 }).close()
      expect(statesAllowedIn(store, 'studies')).to.deep.equal(jobStates)
      expect(statesAllowedIn(queue, 'jobs')).to.deep.equal(jobStates)
    }))
})
