import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Engine } from '../../src/classify/engine.ts'
import { openEngine } from '../../src/classify/engines/open-engine.ts'
import { interpret } from '../../src/classify/interpret.ts'
import { modelLineage } from '../../src/classify/model-name.ts'
import { toNetworkInput } from '../../src/classify/preprocess.ts'
import { type ModelFolder, loadModelFolder, modelDir } from '../../src/analyse/model-folder.ts'
import type { Radiograph } from '../../src/pixels/radiograph.ts'
import { toSquareFrame } from '../../src/pixels/square-frame.ts'
import { expectRejection } from './expect-code.ts'

/** A drawn chest: two dark ellipses on gray, optionally with a white patch in one of them. Not a child's image. */
function drawnChest(width: number, height: number, patch: boolean): Radiograph {
  const ellipse = (x: number, y: number, centre: number) => ((x - centre) / 0.16) ** 2 + ((y - 0.5) / 0.34) ** 2 < 1
  const samples = Uint16Array.from({ length: width * height }, (_, i) => {
    const x = ((i % width) + 0.5) / width
    const y = (Math.floor(i / width) + 0.5) / height
    const white = patch && (x - 0.28) ** 2 + (y - 0.62) ** 2 < 0.012
    return 257 * (white ? 210 : ellipse(x, y, 0.3) || ellipse(x, y, 0.7) ? 60 : 160)
  })
  return { width, height, samples }
}

async function find(radiograph: Radiograph, { manifest }: ModelFolder, engine: Engine) {
  const { width, height } = radiograph
  const box = { x: 0.1 * width, y: 0.1 * height, width: 0.8 * width, height: 0.8 * height }
  const input = toNetworkInput(toSquareFrame(radiograph), { box, outline: undefined }, radiograph, manifest)
  const [output] = await engine.run([input])
  return { output: output!, ...interpret(output!, manifest, manifest.labels.pneumonia.thresholds) }
}

async function open(name: string): Promise<{ model: ModelFolder; engine: Engine }> {
  const model = await loadModelFolder(modelDir(name))
  const { networkFile: modelFile, manifest } = model
  return { model, engine: await openEngine({ modelFile, network: manifest.network, provider: 'cpu' }) }
}

const float32 = 'pneumonia/1.0.1'
const int8 = 'pneumonia-int8/1.0.0'

for (const name of [float32, int8])
  describe(`the shipped model ${name}`, () => {
    let model: ModelFolder
    let engine: Engine

    before(async function () {
      this.timeout(60_000)
      ;({ model, engine } = await open(name))
    })

    after(() => engine.close())

    it('gives shares that sum to 1 and an activation map from 0 to 1', async () => {
      for (const patch of [false, true]) {
        const { output, probabilities, activation } = await find(drawnChest(640, 480, patch), model, engine)
        expect(probabilities.normal + probabilities.bacterial + probabilities.viral).to.be.closeTo(1, 1e-9)
        expect(activation.samples).to.have.length(activation.width * activation.height)
        for (const value of activation.samples) expect(value).to.be.within(0, 1)
        const mean = output.activationMap.reduce((sum, value) => sum + value, 0) / output.activationMap.length
        expect(mean).to.be.closeTo(output.pneumoniaLogit, 1e-3 * (1 + Math.abs(mean)))
      }
    })

    it('gives the same output twice, alone and in a batch', async () => {
      const radiograph = drawnChest(640, 480, true)
      const box = { x: 0, y: 0, width: 640, height: 480 }
      const input = toNetworkInput(toSquareFrame(radiograph), { box, outline: undefined }, radiograph, model.manifest)
      const [alone] = await engine.run([input])
      const [, second] = await engine.run([input.map(() => 0), input])
      expect(second!.pneumoniaLogit).to.be.closeTo(alone!.pneumoniaLogit, 1e-3)
    })

    it('gives nearly the same output for an image at any size', async () => {
      const small = (await find(drawnChest(224, 224, true), model, engine)).probabilities.pneumonia
      for (const [width, height] of [
        [700, 560],
        [2000, 1600],
      ] as const) {
        const large = (await find(drawnChest(width, height, true), model, engine)).probabilities.pneumonia
        expect(large).to.be.closeTo(small, 0.05)
      }
    })

    it('is rejected if its checksum differs from the expected one', async () => {
      const tampered = { modelFile: model.networkFile, network: { sha256: 'f'.repeat(64) }, provider: 'cpu' as const }
      await expectRejection(openEngine(tampered), 'CLASSIFY_NETWORK_CHECKSUM_MISMATCH')
    })

    it('has a model card with its licences and its limits of use', async () => {
      expect(await readFile(join(modelDir(name), 'MODEL_CARD.md'), 'utf8'))
        .to.match(/not for diagnostic use/i)
        .and.match(/CC BY 4\.0/)
    })
  })

describe('the shipped model in 8 bits', function () {
  this.timeout(60_000)

  it('gives nearly the output of the float32 model that it was made from', async () => {
    const [one, other] = [await open(float32), await open(int8)]
    expect(other.model.manifest.network.quantized).to.deep.equal({
      model: float32,
      sha256: one.model.manifest.network.sha256,
    })
    expect(modelLineage(other.model.manifest)).to.deep.equal([int8, float32])
    expect(modelLineage(one.model.manifest)).to.deep.equal([float32])
    for (const patch of [false, true]) {
      const theirs = await find(drawnChest(640, 480, patch), one.model, one.engine)
      const ours = await find(drawnChest(640, 480, patch), other.model, other.engine)
      expect(ours.probabilities.pneumonia).to.be.closeTo(theirs.probabilities.pneumonia, 0.05)
      const furthest = ours.activation.samples.map((value, place) =>
        Math.abs(value - theirs.activation.samples[place]!),
      )
      expect(Math.max(...furthest)).to.be.below(0.15)
    }
    await one.engine.close()
    await other.engine.close()
  })
})
