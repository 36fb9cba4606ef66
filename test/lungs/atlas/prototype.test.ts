import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { parseLungAtlas } from '../../../src/lungs/atlas/atlas.ts'
import { describePrototype } from '../../../src/lungs/atlas/prototype.ts'
import { dataTermInputs } from '../../../src/lungs/data-term-features.ts'
import { dataTermLength } from '../../../src/lungs/data-term.ts'
import type { RegistrationSettings } from '../../../src/lungs/prepared-image.ts'
import { prepareImage } from '../../../src/lungs/prepared-image.ts'
import type { SiftFlow } from '../../../src/lungs/sift-flow.ts'
import { shippedManifest } from '../shipped-atlas.ts'

const side = 12
const described = [Uint8Array.of(7)]
const siftFlow = { describe: () => described } as unknown as SiftFlow
const settings = { frameSide: 24, gridSide: side, blurSigma: 0.5 } as RegistrationSettings
const appearance = { side: 24, samples: Float32Array.from({ length: 576 }, (_, i) => (i * 7) % 256) }

/** A prototype whose columns have these sums of lung. */
function describeColumns(...columns: readonly number[]) {
  const samples = Float32Array.from({ length: side * side }, (_, i) => (columns[i % side] ?? 0) / side)
  return describePrototype({ children: 9, appearance, lungProbability: { side, samples } }, settings, siftFlow)
}

describe('describePrototype', function () {
  it('has its midline at the column with the least lung in the middle third of the lungs', function () {
    expect(describeColumns(0, 3, 9, 9, 7, 2, 5, 8, 9, 9, 4, 0).midline).to.equal(5)
    expect(describeColumns(0, 3, 9, 9, 7, 6, 5, 4, 9, 9, 4, 0).midline, 'at its end').to.equal(7)
    // Less lung beside the middle third, from column 4 to 7, does not count.
    expect(describeColumns(0, 3, 9, 1, 5, 6, 7, 8, 1, 9, 4, 0).midline, 'at its start').to.equal(4)
  })

  it('ignores columns with less than a tenth of the most lung when it looks for the lungs', function () {
    // The lungs reach from column 3 to 8; with the weak columns they would reach from 0 to 11 and the middle to 7.
    expect(describeColumns(0.9, 0.9, 0.9, 9, 9, 8, 7, 5, 10, 0.9, 0.9, 0.9).midline).to.equal(6)
  })

  it('takes the first of equal columns, and the middle of the lungs if no column lies in the middle third', function () {
    expect(describeColumns(0, 3, 9, 9, 7, 2, 2, 8, 9, 9, 4, 0).midline).to.equal(5)
    expect(describeColumns(0, 0, 0, 0, 6, 6).midline).to.equal(4.5)
  })

  it('is prepared as an image, and described after smoothing', function () {
    const prototype = describeColumns(1, 2, 3)
    expect(prototype.prepared).to.deep.equal(prepareImage(appearance, settings))
    expect(prototype.descriptors).to.equal(described)
    expect(prototype.children).to.equal(9)
  })
})

describe('parseLungAtlas', function () {
  it('reads appearance, lungs and data term of each prototype from their places', function () {
    const shape = { frameSide: 8, gridSide: 4, levels: 3 }
    const each = 64 + 16
    const weights = Buffer.alloc(2 * each + 4 * dataTermLength(16))
    for (let i = 0; i < 2 * each; i++) weights[i] = (i * 37) % 256
    for (let i = 0; i < dataTermLength(16); i++) weights.writeFloatLE(i / 8, 2 * each + 4 * i)
    const manifest = shippedManifest()
    const atlas = parseLungAtlas(
      {
        ...manifest,
        weights: { sha256: createHash('sha256').update(weights).digest('hex') },
        prototypes: [{ children: 8 }, { children: 11 }],
        registration: { ...(manifest.registration as object), ...shape },
        dataTerm: { hidden: 16 },
      },
      weights,
    )
    expect(atlas.registration).to.include(shape)
    expect(atlas.prototypes.map(({ children }) => children)).to.deep.equal([8, 11])
    for (const [index, { appearance: seen, lungProbability }] of atlas.prototypes.entries()) {
      const bytes = weights.subarray(index * each, (index + 1) * each)
      expect(seen).to.deep.equal({ side: 8, samples: Float32Array.from(bytes.subarray(0, 64)) })
      expect(lungProbability.side).to.equal(4)
      expect([...lungProbability.samples]).to.deep.equal(
        Array.from(bytes.subarray(64), (value) => Math.fround(value / 255)),
      )
    }
    const { hiddenWeights, hiddenBias, outputWeights, outputBias } = atlas.dataTerm
    const first = 16 * dataTermInputs
    expect(hiddenWeights).to.have.length(first)
    expect([hiddenWeights[1], hiddenBias[0], outputWeights[0]]).to.deep.equal([1 / 8, first / 8, (first + 16) / 8])
    expect(outputBias).to.equal((first + 32) / 8)
  })
})
