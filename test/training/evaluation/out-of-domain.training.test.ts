import { mkdir, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { synthesiseRadiograph } from '../../../src/demo/synthetic-radiograph.ts'
import { measureOutOfDomain } from '../../../src/training/evaluation/out-of-domain.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'

describe('measureOutOfDomain', function () {
  this.timeout(120_000)

  it('finds no lungs in noise, which stays undetermined, and finds the lungs of an adult chest', async () => {
    const dataDir = await mkdtemp(join(tmpdir(), 'lung-triage-ood-'))
    const adults = join(dataDir, 'atlas-montgomery', 'image')
    await mkdir(adults, { recursive: true })
    const { width, height, samples } = synthesiseRadiograph(shippedAtlas().prototypes[0]!, 0, seededRandom(1))
    await sharp(samples, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(join(adults, 'adult.png'))

    const { groups } = await measureOutOfDomain({
      dataDir,
      model: 'pneumonia/1.0.1',
      provider: 'cpu',
    })
    const [chests, noise] = groups
    expect(groups.map(({ shows }) => shows)).to.deep.equal(['chests of adults', 'noise'])
    expect(chests).to.include({ n: 1, lungsNotFound: 0 })
    expect(noise!.lungsNotFound).to.equal(noise!.n)
    expect(noise!.decisions).to.deep.equal({ present: 0, undetermined: noise!.n, absent: 0 })
    await rm(dataDir, { recursive: true })
  })
})
