import { join } from 'node:path'
import fc from 'fast-check'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { inTempDir, memoryDir, setClock } from '../fixtures.ts'
import { type RealQueue, queueCommands, workOff } from './queue-commands.ts'
import { QueueModel } from './queue-model.ts'

const leaseMs = 30_000

function onSqlite(dir: string): RealQueue {
  const clock = setClock()
  const open = () => new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock, leaseMs })
  return {
    queue: open(),
    claims: [],
    leaseMs,
    advance: (ms) => {
      clock.advance(ms)
    },
    async crash() {
      await this.queue.close()
      this.queue = open()
    },
  }
}

describe('SQLite queue', () => {
  it('follows its rules in any order of calls, crashes, lapsed leases and clock changes', () =>
    fc.assert(
      fc.asyncProperty(queueCommands(leaseMs), (commands) =>
        inTempDir(async (dir) => {
          const real = onSqlite(dir)
          const model = new QueueModel(setClock().now().getTime(), leaseMs)
          try {
            await fc.asyncModelRun(() => ({ model, real }), commands)
            await workOff(model, real)
          } finally {
            await real.queue.close()
          }
        }, memoryDir),
      ),
      { numRuns: 150 },
    ))
})
