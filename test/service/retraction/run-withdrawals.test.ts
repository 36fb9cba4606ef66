import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import type { BackgroundWork } from '../../../src/background.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { busy, unauthorized } from '../../../src/clients/http/errors.ts'
import { createLog } from '../../../src/log.ts'
import type { Withdrawal } from '../../../src/service/retraction/retraction.ts'
import { runWithdrawals } from '../../../src/service/retraction/run-withdrawals.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { inTempDir, prediction, resultsOf, setClock, studyUid, until, noEffects } from '../fixtures.ts'

const model = 'pneumonia/0.1.0'
const program = fileURLToPath(new URL('crashing-withdrawals.ts', import.meta.url))

/** A store with results of that many studies, whose model is retracted. */
function retractedStore(dir: string, studies: number, now: Date): SqliteStore {
  const store = new SqliteStore(join(dir, 'store.sqlite'))
  for (let number = 1; number <= studies; number++) {
    const found = prediction(studyUid(number), 0.9)
    store.studies.arrived({ studyInstanceUid: studyUid(number) }, now)
    store.results.keepResults({ prediction: found, results: resultsOf(found, Uint8Array.of(1)) })
  }
  store.retractions.retract({ model, at: now, actor: 'token' })
  return store
}

const log = createLog({ level: 'silent', studyKey: (uid) => uid })

function start({ retractions }: SqliteStore, recorder: StudyRecorder, withdraw: () => Promise<void>): BackgroundWork {
  return runWithdrawals({ retractions, withdraw, recorder, clock: setClock(), log, idleMs: 1, random: () => 0.5 })
}

describe('withdrawing results', () => {
  /** Runs withdrawals on a clock that is advanced whenever nothing is due. */
  const run = async (withdraw: (withdrawal: Withdrawal) => Promise<void>, studies: number): Promise<SqliteStore> => {
    // In the future, so that a due time on the machine's clock never comes.
    const clock = setClock('2100-01-01T00:00:00.000Z')
    let store: SqliteStore | undefined
    await inTempDir(async (dir) => {
      store = retractedStore(dir, studies, clock.now())
      const { retractions } = store
      const recorder = new StudyRecorder(store.studies, clock, log, noEffects)
      const withdrawing = runWithdrawals({
        ...{ retractions, withdraw, recorder, clock, log, idleMs: 1, random: () => 0.5 },
      })
      await until(() => {
        if (retractions.next(clock.now()) === undefined) clock.advance(60_000)
        return retractions.progress(model).pending === 0
      })
      await withdrawing.stop(1000)
    })
    return store!
  }

  it('retries transient and ambiguous failures until they succeed', async () => {
    const attempts: number[] = []
    const store = await run(({ attempt }) => {
      attempts.push(attempt)
      const failureClass = attempt % 2 === 0 ? 'transient' : 'ambiguous'
      return attempt < 12 ? Promise.reject(new TriageError(busy, failureClass, 'Not now.')) : Promise.resolve()
    }, 1)
    expect(attempts).to.deep.equal(Array.from({ length: 12 }, (_, index) => index + 1))
    expect(store.retractions.progress(model)).to.deep.equal({ pending: 0, done: 1, failed: 0, problems: [] })
    store.close()
  })

  it('records a permanent failure with its reason, and continues with the next result', async () => {
    const store = await run(
      ({ studyInstanceUid }) =>
        studyInstanceUid === studyUid(1)
          ? Promise.reject(new TriageError(unauthorized, 'permanent', 'Our user may not.'))
          : Promise.resolve(),
      3,
    )
    expect(store.retractions.progress(model)).to.deep.equal({
      ...{ pending: 0, done: 2, failed: 1 },
      problems: [{ code: 'HTTP_UNAUTHORIZED', reason: 'Our user may not.' }],
    })
    store.close()
  })

  it('tells the pages of each withdrawn result', () =>
    inTempDir(async (dir) => {
      const clock = setClock()
      const store = retractedStore(dir, 2, clock.now())
      const recorder = new StudyRecorder(store.studies, clock, log, noEffects)
      const pendingAtChange: number[] = []
      recorder.onChange(() => pendingAtChange.push(store.retractions.progress(model).pending))
      const withdrawing = start(store, recorder, () => Promise.resolve())
      await until(() => store.retractions.progress(model).pending === 0)
      await withdrawing.stop()
      expect(pendingAtChange).to.deep.equal([1, 0])
      store.close()
    }))

  for (const [end, settle] of Object.entries<(answer: PromiseWithResolvers<undefined>) => void>({
    succeeds: ({ resolve }) => {
      resolve(undefined)
    },
    fails: ({ reject }) => {
      reject(new TriageError(unauthorized, 'permanent', 'Our user may not.'))
    },
  }))
    it(`leaves a withdrawal pending that ${end} after the stop, when the store may be closed`, () =>
      inTempDir(async (dir) => {
        const clock = setClock()
        const store = retractedStore(dir, 1, clock.now())
        const answer = Promise.withResolvers<undefined>()
        let asked = 0
        const withdrawing = start(store, new StudyRecorder(store.studies, clock, log, noEffects), () => {
          asked++
          return answer.promise
        })
        await until(() => asked === 1)
        await withdrawing.stop(0)
        settle(answer)
        await new Promise(setImmediate)
        expect(store.retractions.progress(model)).to.include({ pending: 1, done: 0, failed: 0 })
        store.close()
      }))

  it('resumes after kill -9, and repeats only the interrupted withdrawals', () =>
    inTempDir(async (dir) => {
      retractedStore(dir, 5, new Date()).close()
      const runProcess = async (killAfter: number): Promise<string | number | null> => {
        const child = spawn(process.execPath, [program, dir, model, String(killAfter)], {
          stdio: ['ignore', 'ignore', 'inherit'],
        })
        const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
        return signal ?? code
      }
      expect([await runProcess(3), await runProcess(1), await runProcess(0)]).to.deep.equal(['SIGKILL', 'SIGKILL', 0])
      const sent = readFileSync(join(dir, 'sent'), 'utf8').trim().split('\n')
      expect(new Set(sent).size).to.equal(5)
      expect(sent.length).to.equal(7)
      const store = new SqliteStore(join(dir, 'store.sqlite'))
      expect(store.retractions.progress(model)).to.include({ pending: 0, done: 5, failed: 0 })
      store.close()
    })).timeout(60_000)
})
