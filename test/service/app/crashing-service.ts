import { join } from 'node:path'
import { createLog } from '../../../src/log.ts'
import { runQueue } from '../../../src/service/queue/run-queue.ts'
import { SqliteQueue } from '../../../src/service/queue/sqlite-queue.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { resumeStudies, studyTaker } from '../../../src/service/studies/take-study.ts'
import { prediction, realClock, reported, resultsOf, until, noEffects } from '../fixtures.ts'

/**
 * A separate process for crash.test.ts: works through the queue of a state folder. The study with the UID `killer` ends
 * the process as a fault in native code would. Exits with 0 when the queue is empty.
 */
const [dir = '', killer = '', ...studies] = process.argv.slice(2)
const store = new SqliteStore(join(dir, 'store.sqlite'))
const queue = new SqliteQueue({ path: join(dir, 'queue.sqlite'), clock: realClock, leaseMs: 60_000 })
const log = createLog({ level: 'silent', studyKey: (uid) => uid })
const recorder = new StudyRecorder(store.studies, realClock, log, noEffects)
const take = studyTaker(recorder, queue, log)
await resumeStudies(store.studies, recorder, queue)
for (const studyInstanceUid of studies) {
  if (store.studies.get(studyInstanceUid) === undefined) await take({ studyInstanceUid }, 'normal', 'arrived')
}
const working = runQueue({
  ...{
    queue,
    log,
    reporter: recorder,
    clock: realClock,
    concurrency: 2,
    maxAttempts: () => 3,
    renewEveryMs: 10_000,
    idleMs: 10,
  },
  random: () => 0.5,
  triage: async ({ studyInstanceUid }) => {
    await new Promise((resolve) => setTimeout(resolve, 20))
    if (studyInstanceUid === killer) process.kill(process.pid, 'SIGKILL')
    const finding = prediction(studyInstanceUid, 0.7)
    const kept = { prediction: finding, results: resultsOf(finding, Uint8Array.of(1, 2, 3)) }
    store.results.keepResults(kept)
    return reported(kept)
  },
})
await until(async () => (await queue.unfinished()).length === 0)
await working.stop(1000)
await queue.close()
store.close()
