import { readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import type { StudyArrival } from '../../src/intake/feed/change-feed.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { openStateDir } from '../../src/service/store/state-dir.ts'
import { inTempDir, studyUid, until } from '../service/fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../service/service-bench.ts'
import { commandInProcess } from './command-in-process.ts'
import { configurationFor, found, stateOf } from './queue-command.ts'

const [first, second, third] = [studyUid(1), studyUid(2), studyUid(3)]

const startsOf = ({ logLines }: ServiceBench) => logLines.filter((line) => line.includes('"study.started"')).length
const findingOf = ({ store }: ServiceBench, uid: string) => store.studies.get(uid)?.finding

/** The study as the archive announces it after our results have reached it. */
function withResults({ store }: ServiceBench, uid: string): StudyArrival {
  const own = [...store.results.ownSeries(uid)]
  const { study, series } = arrivalOf(uid)
  return {
    study,
    series: [...series, ...own.map((seriesInstanceUid) => ({ seriesInstanceUid, modality: 'SR', instanceCount: 1 }))],
  }
}

interface Folders {
  readonly dir: string
  readonly stateDir: string
  readonly backup: string
  /** Runs a command on the state. `url` is the service's address; it may have stopped. */
  readonly database: (url: string, ...args: readonly string[]) => ReturnType<typeof commandInProcess>
}

function inFolders(test: (folders: Folders) => Promise<void>): Promise<void> {
  return inTempDir((dir) => {
    const stateDir = join(dir, 'state')
    openStateDir(stateDir)
    const database: Folders['database'] = async (url, ...args) => {
      const configuration = await configurationFor({ service: { url } as ServiceBench['service'], stateDir }, undefined)
      return commandInProcess('database', ...args, '--orthanc-config', configuration)
    }
    return test({ dir, stateDir, backup: join(dir, 'backup'), database })
  })
}

const anyUrl = 'http://127.0.0.1:9'

/** What `database` ended with, on one line. */
const outcome = ({ code, stdout, stderr }: Awaited<ReturnType<typeof commandInProcess>>) =>
  `${code} ${(stdout + stderr).replaceAll(/\s+/g, ' ')}`

describe('database backup and restore', function () {
  this.timeout(60_000)

  it('copies a running service; the restored one keeps its results, repeats none, and goes on', () =>
    inFolders(async ({ stateDir, backup, database }) => {
      let before: unknown
      const released = Promise.withResolvers<StudyOutcome>()
      const find = ({ studyInstanceUid: uid }: { studyInstanceUid: string }) =>
        uid === second ? released.promise : 0.8
      await withService({ stateDir, find }, async (bench) => {
        await bench.feed(arrivalOf(first))
        await until(() => stateOf(bench, first) === 'done')
        before = findingOf(bench, first)
        await bench.feed(arrivalOf(second))
        await until(() => stateOf(bench, second) === 'active')
        expect(outcome(await database(bench.service.url, 'backup', backup))).to.match(/^0 .*backed up/)
        released.resolve(found(second))
        // Not in the backup.
        await bench.feed(arrivalOf(third))
        await until(() => stateOf(bench, third) === 'done')
      })
      expect(readdirSync(backup).sort()).to.deep.equal(['queue.sqlite', 'store.sqlite'])
      for (const name of readdirSync(backup)) expect(statSync(join(backup, name)).mode & 0o777).to.equal(0o600)
      expect(readdirSync(stateDir).join(' ')).to.not.include('backup')
      // The store is lost; the queue is newer than the backup.
      writeFileSync(join(stateDir, 'store.sqlite'), 'no database'.repeat(1000))
      const restored = outcome(await database(anyUrl, 'restore', backup))
      expect(restored)
        .to.match(/^0 .*store.sqlite.replaced-.*/)
        .and.include('queue.sqlite.replaced-')
      await withService({ stateDir }, async (bench) => {
        await until(() => stateOf(bench, second) === 'done')
        expect(findingOf(bench, first)).to.deep.equal(before)
        expect(stateOf(bench, third)).to.equal(undefined)
        // The archive's feed is at its former place, and announces again what came since.
        await bench.feed(arrivalOf(third))
        await bench.feed(withResults(bench, first))
        await until(() => stateOf(bench, third) === 'done')
        expect(startsOf(bench)).to.equal(2)
        for (const uid of [first, second, third]) expect(stateOf(bench, uid)).to.equal('done')
      })
    }))

  it('copies the files of a stopped service, and needs no service for it', () =>
    inFolders(async ({ stateDir, backup, database }) => {
      await withService({ stateDir }, async (bench) => {
        await bench.feed(arrivalOf(first))
        await until(() => stateOf(bench, first) === 'done')
      })
      expect(outcome(await database(anyUrl, 'backup', backup))).to.match(/^0 /)
      writeFileSync(join(stateDir, 'store.sqlite'), 'no database'.repeat(1000))
      expect(outcome(await database(anyUrl, 'restore', backup))).to.match(/^0 /)
      await withService({ stateDir }, (bench) => {
        expect(stateOf(bench, first)).to.equal('done')
        return Promise.resolve()
      })
    }))

  it('changes nothing if the service runs, or the backup is incomplete, damaged or in the way', () =>
    inFolders(async ({ dir, stateDir, backup, database }) => {
      await withService({ stateDir }, async (bench) => {
        const { url } = bench.service
        await bench.feed(arrivalOf(first))
        await until(() => stateOf(bench, first) === 'done')
        expect(outcome(await database(url, 'backup', backup))).to.match(/^0 /)
        expect(outcome(await database(url, 'backup', backup))).to.match(/^1 .*already contains a backup/)
        expect(outcome(await database(url, 'restore', backup))).to.match(/^1 .*in use by another process/)
        expect(outcome(await database(url, 'restore', dir))).to.match(/^1 .*contains no store.sqlite/)
        await bench.feed(arrivalOf(second))
        await until(() => stateOf(bench, second) === 'done')
      })
      writeFileSync(join(backup, 'store.sqlite'), 'no database'.repeat(1000))
      expect(outcome(await database(anyUrl, 'restore', backup))).to.match(/^1 .*store.sqlite is damaged/)
      await withService({ stateDir }, (bench) => {
        expect([first, second].map((uid) => stateOf(bench, uid))).to.deep.equal(['done', 'done'])
        return Promise.resolve()
      })
    }))

  it('is asked of the service by its token alone', () =>
    withService({}, async ({ service, ask, stateDir }) => {
      const signedIn = await ask(new URL(service.loginUrl).pathname + new URL(service.loginUrl).search, { headers: {} })
      const cookie = signedIn.headers.get('set-cookie')?.split(';')[0] ?? ''
      const request = { method: 'POST', headers: { Cookie: cookie, 'X-Lung-Triage': '1' } }
      expect((await ask('/api/backups', request)).status).to.equal(403)
      expect(readdirSync(stateDir).join(' ')).to.not.include('backup')
    }))
})
