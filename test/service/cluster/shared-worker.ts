import { appendFileSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { openSharedQueue } from '../../../src/service/cluster/open-shared-queue.ts'
import { createLog } from '../../../src/log.ts'
import { runQueue } from '../../../src/service/queue/run-queue.ts'
import { prediction, realClock, reported, resultKeyOf, resultsOf } from '../fixtures.ts'

/**
 * A worker process for shared-work.server.test.ts, without archive and neural network: keeps and reports a finding
 * for every study, as the pipeline does. Each built result has unique bytes. Writes one line per step to `diary`.
 * Hangs at the study with the number `hangsAt`, counted from 1, and starts no further one.
 */
const [redisUrl = '', secret = '', diary = '', leaseMs, hangsAt] = process.argv.slice(2)
const shared = await openSharedQueue({ redisUrl, secret, leaseMs: Number(leaseMs) }, undefined)
const note = (step: string, uid: string, what = ''): void => {
  appendFileSync(diary, `${step} ${uid} ${process.pid} ${what}\n`)
}
let [built, started] = [0, 0]
const working = runQueue({
  ...{ queue: shared.queue, reporter: shared.reporter, clock: realClock, concurrency: 2, maxAttempts: () => 20 },
  ...{ renewEveryMs: 300, idleMs: 50, random: () => 0 },
  log: createLog({ level: 'silent', studyKey: (uid) => uid }),
  triage: async (study) => {
    const uid = study.studyInstanceUid
    if (started === Number(hangsAt) && started > 0) return new Promise<never>(() => undefined)
    note('start', uid)
    if (++started === Number(hangsAt)) return new Promise<never>(() => undefined)
    const keeper = shared.keeperOf(study)
    await delay(40)
    if ((await keeper.keptResults(resultKeyOf(uid))) === undefined) {
      const finding = prediction(uid, 0.8)
      const results = resultsOf(finding, Uint8Array.of(1, 2, 3))
      const bytes = new Uint8Array(Buffer.from(`${process.pid}-${built++}`))
      await keeper.keepResults({
        prediction: finding,
        results: { ...results, parts: { structuredReport: [{ ...results.parts.structuredReport![0]!, bytes }] } },
      })
    }
    const kept = (await keeper.keptResults(resultKeyOf(uid)))!
    await delay(40)
    note('report', uid, Buffer.from(kept.results.parts.structuredReport![0]!.bytes).toString())
    return reported(kept)
  },
})
note('ready', '-')
process.once('SIGTERM', () => {
  void working.stop(5000).then(() => shared.close())
})
