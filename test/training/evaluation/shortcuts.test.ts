import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { activationInside } from '../../../src/training/evaluation/activation-inside.ts'
import { measureShortcuts } from '../../../src/training/evaluation/shortcuts.ts'
import { sizeBaseline } from '../../../src/training/evaluation/size-baseline.ts'
import type { KermanyRow } from '../../../src/training/data/kermany.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

describe('activationInside', () => {
  const outline = [
    [0, 0],
    [0.5, 0],
    [0.5, 1],
    [0, 1],
  ] as const
  const lungs = { found: true, quality: 1, box: { x: 0, y: 0, width: 1, height: 1 }, outline }
  const output = (activationMap: number[], pneumoniaLogit = 1) => ({
    pneumoniaLogit,
    activationMap: Float32Array.from(activationMap),
    activationSide: 2,
    subtype: { normal: 0.2, viral: 0.4, bacterial: 0.4 },
    features: new Float32Array(1),
  })
  const spec = {
    preprocessing: {
      squareFrameSide: 64,
      gaussianSigma: 0,
      cropMargin: 0,
      outsideLungs: 'kept',
      contrast: 'displayed',
    },
  } as const

  it('is the share of the positive evidence that lies within the lungs', () => {
    expect(activationInside([output([3, -9, 1, -9])], [lungs], spec).measured).to.be.above(0.95)
    expect(activationInside([output([-1, 2, -1, 2])], [lungs], spec).measured).to.be.below(0.15)
    const even = activationInside([output([1, 1, 1, 1])], [lungs], spec)
    expect(even.measured).to.be.closeTo(even.byChance, 1e-6)
  })

  it('leaves out images that are not called pneumonia', () => {
    const outputs = [output([3, 0, 1, 0]), output([0, 5, 0, 5], -1)]
    expect(activationInside(outputs, [lungs, lungs], spec).measured).to.be.above(0.95)
  })
})

describe('sizeBaseline', () => {
  const row = (index: number, label: KermanyRow['label'], width: number): KermanyRow => ({
    split: 'train',
    label,
    patient: `child ${index}`,
    file: `${index}.jpeg`,
    image224: '',
    originalSize: { width, height: 800 },
    maskEvidence: 'none',
  })

  it('finds what the size gives away, and nothing where it gives nothing', () => {
    const wideNormals = Array.from({ length: 200 }, (_, i) =>
      row(i, i % 2 === 0 ? 'normal' : 'viral', 900 + (i % 2 === 0 ? 500 : 0) + (i % 7)),
    )
    expect(sizeBaseline(wideNormals, 'validation')).to.equal(1)
    const alike = Array.from({ length: 200 }, (_, i) => row(i, i % 2 === 0 ? 'normal' : 'viral', 1000))
    expect(sizeBaseline(alike, 'validation')).to.equal(0.5)
  })

  it('is not known where the sizes are not', () => {
    expect(sizeBaseline([], 'test')).to.equal(null)
  })
})

describe('measureShortcuts', function () {
  this.timeout(120_000)

  it('hides the lungs of every image they were found on', async () => {
    const dataDir = await writeSyntheticChildren(shippedAtlas(), { train: 0, test: 24 })
    const shortcuts = await measureShortcuts({
      dataDir,
      split: 'test',
      model: 'pneumonia/1.0.1',
      provider: 'cpu',
      cacheDir: join(dataDir, 'cache'),
      threads: 2,
      progress: () => undefined,
    })
    expect(shortcuts).to.include({ split: 'test', aucSizeOnly: null, n: 24 })
    // The children are nobody's, so their areas mean nothing; but each way of hiding must change what the network sees.
    const { auc, aucLungsBlack, aucHullBlack, aucBoxBlack } = shortcuts
    expect(new Set([auc, aucLungsBlack, aucHullBlack, aucBoxBlack]).size).to.equal(4)
    expect(shortcuts.activationInside).to.be.within(0.5, 1)
    await rm(dataDir, { recursive: true })
  })
})
