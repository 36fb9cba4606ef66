import { createHash } from 'node:crypto'
import { expect } from 'chai'
import { parseLungAtlas } from '../../../src/lungs/atlas/atlas.ts'
import { shippedManifest, shippedWeights } from '../shipped-atlas.ts'

function parsing(change: (manifest: Record<string, unknown>) => void, weights = shippedWeights()): () => unknown {
  const manifest = shippedManifest()
  change(manifest)
  return () => parseLungAtlas(manifest, weights)
}

function expectMalformed(parse: () => unknown, message: RegExp): void {
  expect(parse).to.throw(message).with.property('code', 'LUNGS_MALFORMED_ATLAS')
}

describe('the shipped lung atlas', function () {
  it('averages at least 8 children in every prototype and is under 4 MB', function () {
    const atlas = parseLungAtlas(shippedManifest(), shippedWeights())
    expect(atlas.prototypes.length).to.be.above(10)
    for (const { children } of atlas.prototypes) expect(children).to.be.at.least(8)
    expect(shippedWeights().length).to.be.below(4_000_000)
  })

  it('is rejected if its weights were changed', function () {
    const weights = Uint8Array.from(shippedWeights())
    weights[12345]! ^= 1
    expectMalformed(
      parsing(() => undefined, weights),
      /sha256 differs/,
    )
  })

  it('is rejected if its weights are truncated', function () {
    const weights = shippedWeights().subarray(0, 100_000)
    const sha256 = createHash('sha256').update(weights).digest('hex')
    expectMalformed(
      parsing((manifest) => {
        manifest.weights = { sha256 }
      }, weights),
      /100000 bytes/,
    )
  })

  it('is rejected if a prototype averages too few children', function () {
    expectMalformed(
      parsing((manifest) => {
        manifest.prototypes = [{ children: 7 }]
      }),
      /children/,
    )
  })

  it('is rejected without a gate, and the error names the gate', function () {
    expectMalformed(
      parsing((manifest) => {
        delete manifest.gate
      }),
      /gate/,
    )
  })

  it('is rejected if its grid does not fit its frame', function () {
    expectMalformed(
      parsing((manifest) => {
        manifest.registration = { ...(manifest.registration as object), gridSide: 60 }
      }),
      /grid of side 60 .* does not fit/,
    )
  })
})
