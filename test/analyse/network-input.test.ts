import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { type PreparedImage, prepareImage } from '../../src/analyse/analyse-image.ts'
import { loadModelFolder, modelDir } from '../../src/analyse/model-folder.ts'
import { synthesiseRadiograph } from '../../src/demo/synthetic-radiograph.ts'
import { parseDicomFile } from '../../src/dicom/dicom-file.ts'
import { askedImageOf } from '../../src/intake/asked-image.ts'
import { type GrayRaster, wrapGray } from '../../src/intake/wrap-raster.ts'
import { openAtlas } from '../../src/lungs/lung-localiser.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { prepareAll } from '../../src/training/evaluation/score-images.ts'
import { locateAllLungs } from '../../src/training/inputs/located-lungs.ts'
import { prepareInput } from '../../src/training/inputs/prepare-input.ts'

/** Adds a black and a white pixel, so that the display pipeline's full range equals the file's. */
function withFullRange({ width, height, samples }: GrayRaster): GrayRaster {
  const full = Uint8Array.from(samples)
  full.set([0, 255])
  return { width, height, samples: full }
}

describe('the network input of one image', function () {
  this.timeout(60_000)
  let dir: string
  let model: Awaited<ReturnType<typeof loadModelFolder>>

  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-network-input-'))
    model = await loadModelFolder(modelDir('pneumonia/1.0.1'))
  })

  after(() => rm(dir, { recursive: true }))

  function serve(raster: GrayRaster): Promise<PreparedImage> {
    const labels = { patientName: 'Test', patientId: 'T', studyDescription: 'Chest', seriesDescription: 'Test' }
    const bytes = wrapGray(raster, labels)
    return prepareImage(
      { bytes, asked: askedImageOf(parseDicomFile(bytes).dataset) },
      { manifest: model.manifest, localiser: openAtlas(model.atlas) },
      { steadyMs: () => 0, memory: (length) => new Uint16Array(length) },
    )
  }

  /** The input that training and evaluation make from the same pixels in a training file. */
  async function train({
    width,
    height,
    samples,
  }: GrayRaster): Promise<Record<'training' | 'evaluation', Float32Array>> {
    const file = join(dir, 'image.png')
    await sharp(samples, { raw: { width, height, channels: 1 } })
      .toColourspace('b-w')
      .png()
      .toFile(file)
    const lungsOf = await locateAllLungs([{ file }], {
      atlasDir: modelDir(model.manifest.lungAtlas.folder),
      cacheDir: await mkdtemp(join(dir, 'cache-')),
      threads: 1,
      progress: () => {},
    })
    const [evaluation] = await prepareAll([{ file }], lungsOf, model.manifest)
    return {
      training: await prepareInput({ file, lungs: lungsOf({ file }) }, model.manifest),
      evaluation: evaluation!,
    }
  }

  async function expectSame(raster: GrayRaster, lungs: PreparedImage['lungs']['kind']): Promise<void> {
    const image = withFullRange(raster)
    const served = await serve(image)
    expect(served.lungs.kind).to.equal(lungs)
    const { training, evaluation } = await train(image)
    for (const [by, input] of Object.entries({ training, evaluation })) {
      expect(Buffer.from(input.buffer).equals(Buffer.from(served.networkInput.buffer)), by).to.equal(true)
    }
  }

  it('is bit-identical in serving, training and evaluation if the lungs are found', () =>
    expectSame(synthesiseRadiograph(model.atlas.prototypes[0]!, 3, seededRandom(1), 512), 'found'))

  it('is bit-identical in serving, training and evaluation if the lungs are not found', () => {
    const random = seededRandom(2)
    const samples = Uint8Array.from({ length: 256 * 128 }, () => 256 * random())
    return expectSame({ width: 256, height: 128, samples }, 'whole-frame')
  })
})
