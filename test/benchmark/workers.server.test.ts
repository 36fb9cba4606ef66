import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { benchmarkStudies } from '../../src/benchmark/sources.ts'
import { measureWorkers } from '../../src/benchmark/workers.ts'
import { modelIdentity } from '../../src/classify/model-digest.ts'
import { loadModelFolder } from '../../src/analyse/model-folder.ts'
import { resultFormatVersion } from '../../src/report/uids.ts'
import { writeReducedModel } from '../classify/engines/reduced-model.ts'

describe('measureWorkers', function () {
  this.timeout(120_000)
  let folder: string

  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lung-triage-workers-'))
    await mkdir(join(folder, 'model'))
    await writeReducedModel(join(folder, 'model'))
  })
  after(() => rm(folder, { recursive: true }))

  it('measures one worker and two, and reports how the two shared the studies', async () => {
    const { atlas, manifest, dir } = await loadModelFolder(join(folder, 'model'))
    const studies = await benchmarkStudies(atlas, 400, 4, 'shared')
    const model = modelIdentity(manifest, manifest.labels.pneumonia.thresholds, resultFormatVersion)
    const speed = await measureWorkers(studies, { modelDir: dir, model, workDir: join(folder, 'work') })
    const { one, two, timesAsFast, studiesOfEach } = speed
    expect(studiesOfEach).to.have.length(2)
    expect(studiesOfEach[0]! + studiesOfEach[1]!).to.equal(studies.length)
    for (const number of [one, two, timesAsFast]) expect(number).to.be.a('number').above(0)
  })
})
