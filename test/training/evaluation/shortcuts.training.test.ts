import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { measureShortcuts } from '../../../src/training/evaluation/shortcuts.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { writeSyntheticChildren } from '../synthetic-children.ts'

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
