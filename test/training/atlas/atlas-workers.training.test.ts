import { rm } from 'node:fs/promises'
import { expect } from 'chai'
import { certainSources } from '../../../src/training/atlas/annotated-frame.ts'
import { cutSettings, registrationSettings as registration } from '../../../src/training/atlas/atlas-spec.ts'
import { startAtlasWorkers } from '../../../src/training/atlas/atlas-workers.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

describe('the steps of atlas training', function () {
  this.timeout(120_000)
  let dataDir: string

  before(async () => {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 10, test: 0 })
  })
  after(() => rm(dataDir, { recursive: true }))

  it('give bit-identical results on one thread and on two', async () => {
    const [onOne, onTwo] = await Promise.all([takeSteps(1), takeSteps(2)])
    expect(onTwo).to.deep.equal(onOne)
    expect(onOne.prototypes).to.have.length(1)
    expect(onOne.planted).to.not.have.length(0)
  })

  /** Runs every worker task of the training, with one prototype and few children. */
  async function takeSteps(threads: number) {
    const sources = await certainSources(dataDir)
    const workers = startAtlasWorkers(threads)
    try {
      const prototypes = await workers.run('learn', { sources, registration, seed: 1 })
      const few = sources.slice(0, 2)
      const samples = await workers.run('sample', { sources: few, prototypes, registration, seed: 1 })
      const dataTerm = await workers.run('fit', { samples, seed: 1 })
      const task = { sources: few, localiser: { prototypes, registration, dataTerm, cut: cutSettings }, seed: 1 }
      const [judged, planted] = await Promise.all([workers.run('judgeAll', task), workers.run('judgeAllPlanted', task)])
      // Only the measured time may differ; it is not written to the atlas.
      return { prototypes, samples, dataTerm, planted, judged: judged.map((image) => ({ ...image, ms: undefined })) }
    } finally {
      await workers.close()
    }
  }
})
