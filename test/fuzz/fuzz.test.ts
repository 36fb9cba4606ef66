import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { openTriage } from '../../src/analyse/open-triage.ts'
import { settingsSchema } from '../../src/settings/settings.ts'
import { writeReducedModel } from '../classify/engines/reduced-model.ts'
import { type FuzzResult, fuzzAnalyze, fuzzDecoding } from './fuzz.ts'
import { mutate } from './mutate.ts'
import { chestSeeds, generatedSeeds } from './seed-files.ts'
import { seededRandom } from '../../src/training/data/random.ts'

// A short version of `npm run fuzz`. Only generated files, so that it is the same on every machine.

const seed = 20_261_125
const progress = () => {}

function expectAnswered({ findings, outcomes, peakMemoryMb, startMemoryMb }: FuzzResult, count: number): void {
  expect(findings.map(({ number, file, what, outcome }) => [number, file, what, outcome])).to.deep.equal([])
  expect(Object.values(outcomes).reduce((sum, one) => sum + one, 0)).to.equal(count)
  // The process has already run other tests.
  expect(peakMemoryMb - startMemoryMb).to.be.below(1280)
}

describe('mutants of radiographs', function () {
  this.timeout(180_000)

  it('are the same for the same seed, and differ from their seed files', async () => {
    const [file, other] = await generatedSeeds()
    const mutant = () => mutate(file!.bytes, other!.bytes, seededRandom(seed))
    expect(mutant()).to.deep.equal(mutant())
    expect(mutant().bytes).to.not.deep.equal(file!.bytes)
  })

  it('are decoded or rejected with a declared error, without a hanging or crashed worker', async () => {
    const result = await fuzzDecoding({ seeds: await generatedSeeds(), count: 600, seed, progress })
    expectAnswered(result, 600)
    expect(result.outcomes, 'reached the codecs').to.include.keys('decoded', 'PIXELS_DECODING_FAILED')
  })

  // With a small network: its input has the same size and range for every file.
  it('are analysed by analyze, or skipped or failed with a reason', async () => {
    const model = await mkdtemp(join(tmpdir(), 'lung-triage-fuzz-model-'))
    await writeReducedModel(model)
    const nowhere = { Url: 'http://127.0.0.1:9' }
    const triage = await openTriage(settingsSchema.parse({ DicomWeb: nowhere, Orthanc: nowhere, Model: model }))
    try {
      const result = await fuzzAnalyze(triage, { seeds: await chestSeeds(), count: 25, seed, progress })
      expectAnswered(result, 25)
      expect(result.outcomes, 'passed the whole pipeline').to.include.keys('analysed')
    } finally {
      await triage.close()
      await rm(model, { recursive: true })
    }
  })
})
