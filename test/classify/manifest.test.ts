import { createHash } from 'node:crypto'
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

  /** The manifest with another value at a path such as `network.sha256`. */
  const withValue = (path: string, value: unknown): object => {
    const changed = structuredClone(manifest) as unknown as Record<string, unknown>
    const names = path.split('.')
    const parent = names.slice(0, -1).reduce((object, name) => object[name] as Record<string, unknown>, changed)
    parent[names.at(-1)!] = value
    return changed
  }
  const quantized = (model: string, sha256: string) => ({ ...manifest.network, quantized: { model, sha256 } })
  const hash = '0123456789abcdef'.repeat(4)
  const probability = 'labels.pneumonia.thresholds.present'

  // The last and the first allowed value of each range, and those next to them.
  for (const [path, allowed, refused] of [
    ['name', ['m'], ['']],
    ['version', ['0.0.0', '10.20.30'], ['1.0', '1.0.0.0', '1.0.x', 'v1.0.0', '1.0.0-rc', ' 1.0.0', '']],
    ['network.sha256', [hash], [`${hash}0`, hash.slice(1), `x${hash}`, hash.toUpperCase(), `g${hash.slice(1)}`]],
    ['network.file', ['network.onnx', 'a-b_1.onnx'], ['', '.onnx', 'a/b.onnx', '../a', 'a b', 'a.onnx ']],
    ['network', [quantized('m/1.0.0', hash)], [quantized('', hash), quantized('m/1.0.0', 'abc')]],
    ['lungAtlas.folder', ['a', 'a/b', 'a/b/c.1'], ['', '/a', 'a/', 'a//b', '../a', 'a/../b', 'a b']],
    [probability, [0.3, 1], [1.01, 0.29, -0.1]],
    ['labels.pneumonia.thresholds.absent', [0, 0.7], [-0.01, 0.71]],
    ['preprocessing.squareFrameSide', [16, 4096], [15, 4097, 224.5]],
    ['preprocessing.gaussianSigma', [0, 16], [-0.1, 16.1]],
    ['preprocessing.cropMargin', [0, 1], [-0.1, 1.1]],
    ['preprocessing.outsideLungs', ['kept', 'filled'], ['', 'black']],
    ['preprocessing.contrast', ['displayed', 'standardised'], ['', 'none']],
    ['inputSize.width', [1], [0, 1.5]],
    ['inputSize.height', [1], [0, 1.5]],
    ['calibration.method', ['platt'], ['isotonic', '']],
    ['calibration.slope', [1e-9], [0]],
    ['calibration.assumedPrevalence', [1e-9, 1 - 1e-9], [0, 1]],
    ['activation.fullScale', [1e-9], [0]],
    [
      'normalisation.means',
      [[0, -1, 2]],
      [
        [1, 2],
        [1, 2, 3, 4],
        ['1', 2, 3],
      ],
    ],
    ['trainingData', [[]], [[{ name: 'n', licence: 'l', images: -1, use: 'u' }], [{ name: 'n' }]]],
  ] as const) {
    it(`accepts the whole range of ${path}, and nothing beyond it, which the error names`, () => {
      for (const value of allowed) expect(() => parseModelManifest(withValue(path, value))).not.to.throw()
      for (const value of refused) {
        expect(() => parseModelManifest(withValue(path, value)), JSON.stringify(value)).to.throw(
          path.split('.').slice(0, -1).join('.'),
        )
      }
    })
  }

  it('says what is wrong in words', () => {
    for (const [path, value, words] of [
      ['network.sha256', 'abc', 'network.sha256: must be a lower-case hex SHA-256'],
      ['network.file', '../a', 'network.file: must be a plain file name'],
      ['lungAtlas.folder', '/a', 'lungAtlas.folder: must be a folder below models/'],
      ['version', '1', 'version: must be a version like 0.1.0'],
      [probability, 0.1, 'labels.pneumonia.thresholds.absent: must not be above present'],
    ] as const) {
      expect(() => parseModelManifest(withValue(path, value))).to.throw(words)
    }
    expect(() => parseModelManifest('text')).to.throw('manifest: ')
  })

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

  it('is the SHA-256 of all that decides a result, in this order', () => {
    const parts = [
      ...['example', '1.2.3', 'a'.repeat(64), 'b'.repeat(64), 224, 224, 'BGR', 103.939, 116.779, 123.68],
      ...[224, 2, 0, 'kept', 'displayed', 'platt', 2, -1, 4, 0.7, 0.3, '1'],
    ]
    expect(digest).to.equal(createHash('sha256').update(JSON.stringify(parts)).digest('hex'))
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
