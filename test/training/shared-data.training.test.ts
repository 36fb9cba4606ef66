import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { openEngine } from '../../src/classify/engines/open-engine.ts'
import { interpret } from '../../src/classify/interpret.ts'
import { locateLungs } from '../../src/lungs/locate-lungs.ts'
import { openAtlas } from '../../src/lungs/lung-localiser.ts'
import { loadModelFolder, modelDir } from '../../src/analyse/model-folder.ts'
import { toNetworkInputOf } from '../../src/analyse/network-input.ts'
import { areaUnderRoc } from '../../src/training/statistics/roc.ts'
import { splitOf } from '../../src/training/features/training-features.ts'
import { type KermanyRow, readKermany } from '../../src/training/data/kermany.ts'
import { readGrayImage } from '../../src/training/data/read-image.ts'
import { sharedChildrenDir as dataDir } from './shared-children.ts'

describe('the shipped model on real radiographs (needs ../shared/data; skipped without it)', function () {
  this.timeout(120_000)

  before(function () {
    if (!existsSync(dataDir)) this.skip()
  })

  it('has an AUC of at least 0.9 on validation children and similar probabilities at both image sizes', async () => {
    const rows = (await readKermany(dataDir)).filter((row) => splitOf(row) === 'validation' && row.original)
    const some = (wanted: (row: KermanyRow) => boolean) => {
      const all = rows.filter(wanted)
      return all.filter((_, index) => index % Math.floor(all.length / 10) === 0).slice(0, 10)
    }
    const chosen = [...some((row) => row.label === 'normal'), ...some((row) => row.label !== 'normal')]
    const model = await loadModelFolder(modelDir('pneumonia/1.0.1'))
    const { manifest, networkFile } = model
    const localiser = openAtlas(model.atlas)
    const engine = await openEngine({ modelFile: networkFile, network: manifest.network, provider: 'cpu' })
    const probability = async (file: string) => {
      const radiograph = await readGrayImage(file)
      const { networkInput } = toNetworkInputOf(radiograph, manifest, (frame, source) =>
        locateLungs(frame, source, localiser),
      )
      const [output] = await engine.run([networkInput])
      return interpret(output!, manifest, manifest.labels.pneumonia.thresholds).probabilities.pneumonia
    }
    const scored: { small: number; original: number; positive: boolean }[] = []
    for (const row of chosen) {
      scored.push({
        small: await probability(row.image224),
        original: await probability(row.original!),
        positive: row.label !== 'normal',
      })
    }
    await engine.close()
    for (const route of ['small', 'original'] as const) {
      const auc = areaUnderRoc(scored.map((item) => ({ score: item[route], positive: item.positive })))
      expect(auc, `AUC, ${route} files`).to.be.at.least(0.9)
    }
    const differences = scored.map(({ small, original }) => Math.abs(small - original)).sort((a, b) => a - b)
    expect(differences[10], 'median difference of probability').to.be.lessThan(0.05)
  })
})
