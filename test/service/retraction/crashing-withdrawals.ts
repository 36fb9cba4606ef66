import { appendFileSync } from 'node:fs'
import { join } from 'node:path'
import { createLog } from '../../../src/log.ts'
import { runWithdrawals } from '../../../src/service/retraction/run-withdrawals.ts'
import { SqliteStore } from '../../../src/service/store/sqlite/sqlite-store.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { realClock, until, noEffects } from '../fixtures.ts'

/**
 * A separate process for run-withdrawals.test.ts. It withdraws the results in a state folder, writes the key of each
 * one to a file, and kills itself after `killAfter` results. It exits with 0 when no withdrawal is pending.
 */
const [dir = '', model = '', killAfter = ''] = process.argv.slice(2)
const store = new SqliteStore(join(dir, 'store.sqlite'))
const log = createLog({ level: 'silent', studyKey: (uid) => uid })
let sent = 0
const withdrawing = runWithdrawals({
  ...{ retractions: store.retractions, clock: realClock, log, idleMs: 10, random: () => 0.5 },
  recorder: new StudyRecorder(store.studies, realClock, log, noEffects),
  withdraw: ({ resultKey }) => {
    appendFileSync(join(dir, 'sent'), `${resultKey}\n`)
    if (++sent === Number(killAfter)) process.kill(process.pid, 'SIGKILL')
    return Promise.resolve()
  },
})
await until(() => store.retractions.progress(model).pending === 0)
await withdrawing.stop(1000)
store.close()
