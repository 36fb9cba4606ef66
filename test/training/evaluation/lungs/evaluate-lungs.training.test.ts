import { readFile, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { evaluateLungs } from '../../../../src/training/evaluation/lungs/evaluate-lungs.ts'
import type { LungEvaluation } from '../../../../src/training/evaluation/lungs/lung-evaluation.ts'
import { type Recorded, expectRecorded } from '../../../recording.ts'
import { shippedAtlas } from '../../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../../synthetic-children.ts'

describe('evaluateLungs', function () {
  this.timeout(120_000)
  let dataDir: string
  const evaluations: LungEvaluation[] = []

  before(async function () {
    dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 3, test: 6 })
  })

  after(async function () {
    await rm(dataDir, { recursive: true })
  })

  it('measures the released atlas on stretched test images and writes tables and contact sheets', async function () {
    const outDir = join(dataDir, 'out')
    const evaluation = await evaluateLungs({
      dataDir,
      outDir,
      split: 'test',
      atlas: 'lung-atlas/1.0.0',
      cacheDir: join(dataDir, 'cache'),
      threads: 2,
      progress: () => undefined,
    })
    expect(evaluation).to.include({ split: 'test', n: 6, atlas: 'lung-atlas/1.0.0' })
    expect(evaluation.dice.mean).to.be.within(0.85, 1)
    expect(evaluation.jaccard.mean).to.be.below(evaluation.dice.mean)
    expect(evaluation.boxIou.mean).to.be.within(0.8, 1)
    expect(evaluation.boundaryPct.mean).to.be.within(0, 3)
    expect(Object.keys(evaluation.byLabel)).to.deep.equal(['bacterial', 'normal', 'viral'])
    expect(evaluation.byLabel['viral']!.n).to.equal(2)
    expect(evaluation.dice.mean).to.be.above(evaluation.compared.bestPrototypeUnregistered.dice.mean)
    expect(evaluation.ms.median).to.be.above(0)
    expect(evaluation.gate!.plantedCaught.of).to.be.above(0)
    evaluations.push(evaluation)

    const table = await readFile(join(outDir, 'lungs.md'), 'utf8')
    expect(table).to.contain(evaluation.dice.mean.toFixed(3)).and.to.contain('mean mask, not registered')
    const lines = (await readFile(join(outDir, 'images.csv'), 'utf8')).trim().split('\n')
    expect(lines).to.have.length(7)
    for (const name of ['worst.png', 'samples.png']) {
      const { width, height } = await sharp(join(outDir, name)).metadata()
      expect(width).to.be.above(1000)
      expect(height).to.be.above(600)
    }
  })

  it('gives the recorded figures, except for its time', async function () {
    const [{ ms, ...figures }] = evaluations as [LungEvaluation]
    expect(ms.p95).to.be.at.least(ms.median)
    // The training masks are resized by libvips, whose vector instructions may round a sample at the edge differently.
    await expectRecorded(new URL('recordings/evaluation.json', import.meta.url), figures as unknown as Recorded, 1e-3)
  })
})
