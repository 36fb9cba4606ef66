import { readFileSync } from 'node:fs'
import { expect } from 'chai'
import { parseModelManifest } from '../../src/classify/manifest.ts'
import { modelIdentity } from '../../src/classify/model-digest.ts'
import { exampleManifest } from './example-manifest.ts'
import { expectCode } from './expect-code.ts'

describe('model manifest', () => {
  it('is returned unchanged if valid', () => {
    expect(parseModelManifest(JSON.parse(JSON.stringify(exampleManifest())))).to.deep.equal(exampleManifest())
  })

  for (const model of ['pneumonia/1.0.1', 'pneumonia-int8/1.0.0']) {
    it(`of the released ${model} is returned unchanged`, () => {
      const file = new URL(`../../models/${model}/manifest.json`, import.meta.url)
      const released: unknown = JSON.parse(readFileSync(file, 'utf8'))
      expect(parseModelManifest(released)).to.deep.equal(released)
    })
  }

  const manifest = exampleManifest()
  const { version, ...withoutVersion } = manifest
  const wrong: Record<string, object> = {
    'an unknown key': { ...manifest, treshold: 1 },
    'a model for diagnostic use': { ...manifest, notForDiagnosticUse: false },
    'a network outside its folder': { ...manifest, network: { ...manifest.network, file: '../network.onnx' } },
    'a short checksum': { ...manifest, network: { ...manifest.network, sha256: 'abc' } },
    'an atlas outside models/': { ...manifest, lungAtlas: { ...manifest.lungAtlas, folder: '../../elsewhere' } },
    'swapped thresholds': {
      ...manifest,
      labels: {
        ...manifest.labels,
        pneumonia: { ...manifest.labels.pneumonia, thresholds: { present: 0.3, absent: 0.7 } },
      },
    },
    'a negative calibration slope': {
      ...manifest,
      calibration: { ...manifest.calibration, slope: -1 },
    },
    'another channel order': { ...manifest, normalisation: { ...manifest.normalisation, channelOrder: 'RGB' } },
    'no version': withoutVersion,
    'a version that starts with v': { ...manifest, version: `v${version}` },
  }
  for (const [name, spoiled] of Object.entries(wrong)) {
    it(`is rejected with ${name}`, () => {
      expectCode(() => parseModelManifest(spoiled), 'CLASSIFY_MANIFEST_INVALID')
    })
  }

  it('names every problem at once with its path', () => {
    const spoiled = { ...manifest, version: 'new', activation: { fullScale: 0 } }
    expect(() => parseModelManifest(spoiled)).to.throw(/version.*activation\.fullScale/s)
  })
})

describe('modelIdentity', () => {
  const manifest = exampleManifest()
  const thresholds = { present: 0.7, absent: 0.3 }
  const { digest } = modelIdentity(manifest, thresholds, '1')

  it('is the same for the same model', () => {
    expect(modelIdentity(exampleManifest(), { ...thresholds }, '1')).to.deep.equal({
      name: 'example',
      version: '1.2.3',
      digest,
    })
    expect(digest).to.match(/^[0-9a-f]{64}$/)
  })

  const changed: Record<string, string> = {
    weights: modelIdentity({ ...manifest, network: { file: 'n', sha256: 'c'.repeat(64) } }, thresholds, '1').digest,
    atlas: modelIdentity({ ...manifest, lungAtlas: { folder: 'x', sha256: 'c'.repeat(64) } }, thresholds, '1').digest,
    threshold: modelIdentity(manifest, { ...thresholds, absent: 0.29 }, '1').digest,
    'result format': modelIdentity(manifest, thresholds, '2').digest,
    calibration: modelIdentity({ ...manifest, calibration: { ...manifest.calibration, slope: 3 } }, thresholds, '1')
      .digest,
    'name alone': modelIdentity({ ...manifest, name: 'another' }, thresholds, '1').digest,
    'version alone': modelIdentity({ ...manifest, version: '1.2.4' }, thresholds, '1').digest,
    'filling outside the lungs': modelIdentity(
      { ...manifest, preprocessing: { ...manifest.preprocessing, outsideLungs: 'filled' } },
      thresholds,
      '1',
    ).digest,
    contrast: modelIdentity(
      { ...manifest, preprocessing: { ...manifest.preprocessing, contrast: 'standardised' } },
      thresholds,
      '1',
    ).digest,
    preprocessing: modelIdentity(
      { ...manifest, preprocessing: { ...manifest.preprocessing, gaussianSigma: 1 } },
      thresholds,
      '1',
    ).digest,
  }
  for (const [part, other] of Object.entries(changed)) {
    it(`changes with the ${part}`, () => {
      expect(other).not.to.equal(digest)
    })
  }
})
