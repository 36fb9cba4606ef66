import { execFile } from 'node:child_process'
import { readdir, rm, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect } from 'chai'
import type { AtlasMeasures } from '../../../src/training/atlas/atlas-measures.ts'
import { trainAtlas } from '../../../src/training/atlas/train-atlas.ts'
import { readLungAtlas } from '../../../src/training/inputs/lung-atlas-file.ts'
import { expectRejection } from '../../classify/expect-code.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

const run = promisify(execFile)

describe('train atlas', function () {
  this.timeout(600_000)
  let dataDir: string

  before(async function () {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 104, test: 0 })
  })

  after(async function () {
    await rm(dataDir, { recursive: true })
  })

  /** Trains in a separate process, because coverage measurement makes these loops several times slower. */
  async function train(outDir: string): Promise<AtlasMeasures> {
    const { stdout } = await run(
      process.execPath,
      ['src/cli.ts', 'train', 'atlas', '--data', dataDir, '--out', join(dataDir, outDir), '--json'],
      { env: { ...process.env, NODE_V8_COVERAGE: undefined, XDG_CACHE_HOME: join(dataDir, 'cache') } },
    )
    return JSON.parse(stdout) as AtlasMeasures
  }

  it('writes an atlas under 4 MB with a mean Dice of at least 0.85 on held-out children', async function () {
    const { unseen, heldOut } = await train('once')
    expect(unseen.images).to.equal(104)
    expect(heldOut.images).to.be.within(5, 50)
    expect(heldOut.whole.dice.mean).to.be.within(0.85, 1)

    const names = await readdir(join(dataDir, 'once'))
    expect(names.sort()).to.deep.equal(['MODEL_CARD.md', 'atlas.bin', 'contact-sheet.png', 'manifest.json'])
    const sizes = await Promise.all(names.map(async (name) => (await stat(join(dataDir, 'once', name))).size))
    expect(sizes.reduce((a, b) => a + b)).to.be.below(4e6)
    const { atlas } = await readLungAtlas(join(dataDir, 'once'))
    for (const { children } of atlas.prototypes) expect(children).to.be.at.least(8)
  })

  it('reports TRAINING_ATLAS_TOO_FEW_CHILDREN for 9 children', async function () {
    const few = await writeSyntheticChildren(shippedAtlas(), { train: 9, test: 0 })
    const options = { cacheDir: join(few, 'cache'), seed: 1, threads: 1, progress: () => undefined }
    await expectRejection(
      trainAtlas({ dataDir: few, outDir: join(few, 'out'), ...options }),
      'TRAINING_ATLAS_TOO_FEW_CHILDREN',
    )
    await rm(few, { recursive: true })
  })
})
