import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { inTempDir, setClock, studyUid, resultKeyOf } from '../fixtures.ts'

const program = fileURLToPath(new URL('crashing-service.ts', import.meta.url))

/** Runs the process once. Returns the signal that ended it, or its exit code. */
async function run(dir: string, killer: string, studies: readonly string[]): Promise<string | number | null> {
  const child = spawn(process.execPath, [program, dir, killer, ...studies], { stdio: ['ignore', 'ignore', 'inherit'] })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return signal ?? code
}

describe('study that crashes the process', () => {
  it('becomes a dead letter after its last attempt, while all other studies are done', () =>
    inTempDir(async (dir) => {
      const killer = studyUid(1)
      const others = [2, 3, 4, 5].map(studyUid)
      const ends: (string | number | null)[] = []
      while (ends.at(-1) !== 0 && ends.length < 10) ends.push(await run(dir, killer, [killer, ...others]))
      expect(ends).to.deep.equal(['SIGKILL', 'SIGKILL', 'SIGKILL', 0])

      const store = new SqliteStore(join(dir, 'store.sqlite'))
      const progress = store.studies.get(killer)?.progress
      expect(progress).to.deep.include({ state: 'dead', attempt: 3 })
      expect(progress).to.have.nested.property('problem.code', 'SERVICE_ATTEMPTS_USED_UP')
      for (const uid of others) {
        expect(store.studies.get(uid)?.progress).to.deep.equal({ state: 'done' })
        expect(store.results.keptResults(resultKeyOf(uid))?.prediction.studyInstanceUid).to.equal(uid)
      }
      expect(store.studies.since(new Date(0))).to.have.length(5)
      store.close()

      const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock: setClock(), leaseMs: 1 })
      expect((await queue.job(killer))?.state).to.equal('dead')
      // With concurrency 2, at most one other study ran at the first crash. It lost only that attempt.
      for (const uid of others) expect((await queue.job(uid))?.attempt).to.be.at.most(2)
      await queue.close()
    })).timeout(60_000)
})
