import { chmodSync, mkdirSync, readFileSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { resolveLogSalt, resolveToken, stateId } from '../../../src/service/store/secrets.ts'
import { rollBack } from '../../../src/service/store/sqlite/database.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { storeMigrations } from '../../../src/service/store/sqlite/store-migrations.ts'
import { openStateDir } from '../../../src/service/store/state-dir.ts'
import { inTempDir, setClock } from '../fixtures.ts'

const modesIn = (dir: string): Record<string, string> =>
  Object.fromEntries(readdirSync(dir).map((name) => [name, (statSync(join(dir, name)).mode & 0o777).toString(8)]))

/** Opens everything that the service keeps in its state folder. Returns the modes while it is open. */
async function openState(dir: string): Promise<Record<string, string>> {
  openStateDir(dir)
  resolveToken(undefined, dir)
  resolveLogSalt(dir)
  stateId(dir)
  const store = new SqliteStore(join(dir, 'store.sqlite'))
  const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock: setClock(), leaseMs: 1000 })
  await queue.enqueue({ studyInstanceUid: '1.2' }, 'normal', 'arrived')
  const modes = modesIn(dir)
  await queue.close()
  store.close()
  return modes
}

const isPrivate = (modes: Record<string, string>): void => {
  expect(modes).to.include.all.keys('token', 'log-salt', 'state-id', 'store.sqlite', 'queue.sqlite')
  expect(modes).to.deep.equal(Object.fromEntries(Object.keys(modes).map((name) => [name, '600'])))
}

describe('state folder', () => {
  it('contains only files that its owner alone can read, whatever the umask', () =>
    inTempDir(async (dir) => {
      const before = process.umask(0)
      try {
        isPrivate(await openState(join(dir, 'state')))
      } finally {
        process.umask(before)
      }
    }))

  it('whose files others can read, for example after a restore, is for its owner alone once opened', () =>
    inTempDir(async (dir) => {
      await openState(dir)
      const token = readFileSync(join(dir, 'token'), 'utf8')
      chmodSync(dir, 0o755)
      for (const name of readdirSync(dir)) chmodSync(join(dir, name), 0o644)
      isPrivate(await openState(dir))
      expect(statSync(dir).mode & 0o777).to.equal(0o700)
      expect(readFileSync(join(dir, 'token'), 'utf8'), 'the same token').to.equal(token)
    }))

  it('with the empty file of a database that others can read is for its owner alone once opened', () =>
    inTempDir(async (dir) => {
      mkdirSync(join(dir, 'state'))
      for (const name of ['store.sqlite', 'queue.sqlite']) writeFileSync(join(dir, 'state', name), '', { mode: 0o666 })
      isPrivate(await openState(join(dir, 'state')))
    }))

  it('contains a database and a copy that its owner alone can read after a rollback', () =>
    inTempDir(async (dir) => {
      const before = process.umask(0)
      try {
        await openState(dir)
        const path = join(dir, 'store.sqlite')
        chmodSync(path, 0o644)
        const { copy } = rollBack(path, storeMigrations.length - 1)
        for (const file of [path, copy]) expect(statSync(file).mode & 0o777, file).to.equal(0o600)
      } finally {
        process.umask(before)
      }
    }))
})
