import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { measureShortcuts } from '../../../src/training/evaluation/shortcuts.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

describe('measureShortcuts', function () {
  this.timeout(120_000)

  it('gives a different AUC for each way of hiding the lungs', async () => {
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
    // The images are synthetic, so the AUCs mean nothing; but each way of hiding must change the network input.
    const { auc, aucLungsBlack, aucHullBlack, aucBoxBlack } = shortcuts
    expect(new Set([auc, aucLungsBlack, aucHullBlack, aucBoxBlack]).size).to.equal(4)
    expect(shortcuts.activationInside).to.be.within(0.5, 1)
    await rm(dataDir, { recursive: true })
  })
})
