import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { type SetClock, setClock } from '../fixtures.ts'
import { type QueueBench, queueContract } from './queue-contract.ts'

const leaseMs = 30_000

function bench(dir: string, clock: SetClock): QueueBench {
  const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs })
  return {
    queue,
    leaseMs,
    now: clock.now,
    advance: (ms) => {
      clock.advance(ms)
      return Promise.resolve()
    },
    restart: async () => {
      await queue.close()
      return bench(dir, clock)
    },
    close: async () => {
      await queue.close()
      rmSync(dir, { recursive: true, force: true })
    },
  }
}

describe('SQLite queue', () => {
  queueContract(() => Promise.resolve(bench(mkdtempSync(join(tmpdir(), 'lung-triage-queue-')), setClock())))
})
