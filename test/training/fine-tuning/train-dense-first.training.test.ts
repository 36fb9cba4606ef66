import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import type { PlannedImage } from '../../../src/training/fine-tuning/epoch-plan.ts'
import { fineTune } from '../../../src/training/fine-tuning/fine-tune.ts'
import { initialWeights } from '../../../src/training/fine-tuning/fine-tuning-network.ts'
import { reportRecipe } from '../../../src/training/fine-tuning/recipe.ts'
import { trainDenseFirst, withDense } from '../../../src/training/fine-tuning/train-dense-first.ts'
import { reducedTrunk } from '../../../src/training/network/trunk-weights.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { inputSpec } from '../../../src/training/data/input-spec.ts'

const side = 64
const box = { x: 0, y: 0, width: 1, height: 1 }

describe('trainDenseFirst', function () {
  this.timeout(60_000)
  let dir: string

  before(async function () {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-dense-first-'))
  })

  after(async function () {
    await rm(dir, { recursive: true })
  })

  /** Writes horizontal stripes for normal or vertical stripes for pneumonia. */
  async function writeStripes(name: string, standing: boolean, period: number): Promise<string> {
    const pixels = Uint8Array.from({ length: side * side }, (_, index) => {
      const place = standing ? index % side : Math.floor(index / side)
      return place % period < period / 2 ? 60 : 190
    })
    const file = join(dir, `${name}.png`)
    await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
      .png()
      .toFile(file)
    return file
  }

  async function stripes(name: string, count: number): Promise<PlannedImage[]> {
    return Promise.all(
      Array.from({ length: count }, async (_, index) => {
        const standing = index % 2 === 1
        const file = await writeStripes(`${name}-${index}`, standing, 12 + (index % 5))
        return { label: standing ? ('bacterial' as const) : ('normal' as const), files: [{ file, lungs: { box } }] }
      }),
    )
  }

  it('keeps the dense layer with the lowest validation loss, from which fine-tuning starts', async function () {
    const recipe = { ...reportRecipe, batchSize: 4, epochs: 1, learningRate: 1e-9 }
    const spec = { ...inputSpec, inputSize: { width: side, height: side } }
    const trunk = reducedTrunk(seededRandom(recipe.seed))
    const training = await stripes('training', 200)
    const validation = (await stripes('validation', 8)).map(({ label, files }) => ({ label, share: 1, job: files[0]! }))
    const progress = () => {}
    const images = { training, validation }
    const first = await trainDenseFirst({ trunk, spec, images, recipe, cacheDir: join(dir, 'cache'), progress })
    const losses = first.history.map((epoch) => epoch.validation)
    expect(losses).to.have.length(20)
    expect(first.bestEpoch).to.equal(losses.indexOf(Math.min(...losses)))
    expect(losses[first.bestEpoch]).to.be.below(0.75 * Math.LN2)

    const { history } = await fineTune({
      training: training.slice(0, recipe.batchSize),
      validation,
      recipe,
      spec,
      progress,
      blocks: trunk.blocks,
      initial: withDense(initialWeights(trunk, seededRandom(1)), first.dense),
      outDir: join(dir, 'out'),
      engine: { provider: 'cpu', threads: 1 },
      checkpointBatches: 100,
      now: () => 0,
      deadlineMs: Infinity,
    })
    // Fine-tuning validates with half-precision weights, as in a release.
    expect(history[0]!.validation).to.be.closeTo(losses[first.bestEpoch]!, 0.02)
  })
})
