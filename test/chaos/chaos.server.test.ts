import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runChaos } from './chaos.ts'
import { problemsOf, resultTable } from './result-table.ts'

// A short version of `npm run chaos`.

const seed = 20_261_125

describe('chaos', function () {
  this.timeout(600_000)

  // With `--queue redis` the run also kills a worker and Redis. A dead worker's lease takes 90 seconds to expire, so
  // only `npm run chaos` does that; test/service/cluster/shared-work.server.test.ts kills both.
  it('loses no study, duplicates no result and puts none on another patient', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-chaos-'))
    try {
      const result = await runChaos({
        ...{ dir, queueKind: 'sqlite', seed, studyCount: 6, stormMs: 12_000 },
        progress: () => {},
      })
      expect(problemsOf(result), `seed ${seed}\n${resultTable(result)}`).to.deep.equal([])
      expect(result.ends.service?.killed, 'the service was killed').to.be.at.least(1)
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
