import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { expect } from 'chai'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { fileDamaged } from '../../../src/dicom/errors.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import { createLog } from '../../../src/log.ts'
import { purger } from '../../../src/service/store/retention.ts'
import { setClock, studyUid, until } from '../fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../service-bench.ts'

const hourMs = 60 * 60_000
const studiesAnHour = 12
const retentionDays = 1

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

interface Footprint {
  readonly heapBytes: number
  readonly openFiles: number
  readonly databaseBytes: number
  readonly studies: number
}

function footprint({ stateDir, store, logLines }: ServiceBench): Footprint {
  // The test bench collects the log lines. Cleared, so that they do not count as memory of the service.
  ;(logLines as string[]).length = 0
  collectGarbage()
  const files = readdirSync(stateDir).map((name) => statSync(join(stateDir, name)).size)
  return {
    heapBytes: process.memoryUsage().heapUsed,
    openFiles: readdirSync('/proc/self/fd').length,
    databaseBytes: files.reduce((sum, size) => sum + size, 0),
    studies: store.studies.since(new Date(0)).length,
  }
}

/** Of 16 studies, one fails once and one fails permanently. */
function sometimesFailing(): (study: StudyRef) => ReturnType<NonNullable<Parameters<typeof withService>[0]['find']>> {
  const failedOnce = new Set<string>()
  return ({ studyInstanceUid }) => {
    const number = Number(studyInstanceUid.split('.').at(-1))
    if (number % 16 === 0) return Promise.reject(new TriageError(fileDamaged, 'permanent', 'The file is bad.'))
    if (number % 8 === 0 && !failedOnce.delete(studyInstanceUid)) {
      failedOnce.add(studyInstanceUid)
      return Promise.reject(new TriageError(unreachable, 'transient', 'The archive is down.'))
    }
    return (number % 10) / 10
  }
}

describe('service over five simulated days', function () {
  this.timeout(60_000)
  const tempDir = process.env['TMPDIR']

  // Thousands of disk writes would take most of the time, and the disk is not under test.
  before(() => {
    if (existsSync('/dev/shm')) process.env['TMPDIR'] = '/dev/shm'
  })
  after(() => {
    if (tempDir === undefined) delete process.env['TMPDIR']
    else process.env['TMPDIR'] = tempDir
  })

  it('keeps memory, open files and database size constant once retention deletes studies', async () => {
    const clock = setClock()
    const silent = createLog({ level: 'silent', studyKey: (uid) => uid })
    // A picture of realistic size, so that growth of the database is measurable.
    const jpeg = new Uint8Array(20_000).fill(7)
    await withService({ find: sometimesFailing(), clock, jpeg }, async (bench) => {
      const purge = purger(bench.store, bench.queue, () => retentionDays, clock, silent)
      let number = 0
      const liveDays = async (days: number): Promise<Footprint> => {
        for (let hour = 0; hour < days * 24; hour++) {
          for (let i = 0; i < studiesAnHour; i++) await bench.feed(arrivalOf(studyUid(++number)))
          await until(() => {
            clock.advance(1000)
            return bench.store.studies.unfinished().every(({ progress }) => progress.state === 'retrying')
          })
          clock.advance(hourMs)
          await purge()
        }
        return footprint(bench)
      }
      const settled = await liveDays(3)
      const later = await liveDays(2)
      expect(number).to.equal(5 * 24 * studiesAnHour)
      expect(settled.studies).to.be.within(studiesAnHour * 44, studiesAnHour * 54)
      expect(later.studies).to.be.within(settled.studies * 0.9, settled.studies * 1.1)
      expect(later.databaseBytes).to.be.below(settled.databaseBytes * 1.1)
      expect(later.openFiles).to.be.at.most(settled.openFiles)
      expect(later.heapBytes - settled.heapBytes).to.be.below(4 * 2 ** 20)
      expect(bench.store.studies.countByState()).to.include({ waiting: 0, active: 0 })
    })
  })
})
