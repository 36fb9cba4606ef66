import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { runChaos } from './chaos.ts'
import { problemsOf, resultTable } from './result-table.ts'

// A short part of `npm run chaos`.

const seed = 20_261_125

describe('chaos', function () {
  this.timeout(600_000)

  // With `--queue redis` the run kills a worker and Redis too. Waiting out a dead worker's lease takes a minute and a half, which is left to
  // `npm run chaos`: test/service/cluster/shared-work.server.test.ts kills both.
  it('loses no study and doubles no result', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-chaos-'))
    try {
      const result = await runChaos({
        ...{ dir, queueKind: 'sqlite', seed, studyCount: 8, stormMs: 20_000, startedAt: new Date() },
        progress: () => {},
      })
      expect(problemsOf(result), `seed ${seed}\n${resultTable(result)}`).to.deep.equal([])
      expect(result.ends.service?.killed, 'the service was killed').to.be.at.least(1)
      // Nothing that fails in a storm of this length is beyond the attempts that a study has.
      expect(result.studies.flatMap(({ verdict }) => verdict.dead ?? [])).to.deep.equal([])
    } finally {
      await rm(dir, { recursive: true })
    }
  })
})
