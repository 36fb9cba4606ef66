import { expect } from 'chai'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import type { NetworkOutput } from '../../../src/classify/network-output.ts'
import { encodeNetwork } from '../../../src/training/onnx/network.ts'
import { readNetwork } from '../../../src/training/onnx/read-network.ts'
import { measureRanges } from '../../../src/training/quantization/measure-ranges.ts'
import { addQuantizedTrunk } from '../../../src/training/quantization/quantized-trunk.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { reducedNetwork, reducedSide } from '../../classify/engines/reduced-model.ts'
import { expectRejection } from '../../classify/expect-code.ts'

describe('an 8-bit network', () => {
  const random = seededRandom(8)
  // From low to high contrast, so that their outputs differ.
  const inputs = Array.from({ length: 12 }, (_, index) =>
    Float32Array.from({ length: 3 * reducedSide ** 2 }, () => ((index % 4) + 1) * (60 * random() - 30)),
  )
  const logits = (outputs: readonly NetworkOutput[]) => outputs.map(({ pneumoniaLogit }) => pneumoniaLogit)

  it('gives nearly the float32 outputs on images that were not used to measure the ranges', async () => {
    const network = await readNetwork(await reducedNetwork())
    // The biases of the reduced network are zero.
    for (const [name, { values }] of network.trunk.weights)
      if (name.endsWith('.bias')) for (const index of values.keys()) values[index] = 2 * (random() - 0.5)
    const bytes = await encodeNetwork({ ...network, version: '0.0.1' })
    const ranges = await measureRanges(network.trunk, inputs.slice(0, 8), reducedSide)
    const int8 = await encodeNetwork({ ...network, version: '0.0.1' }, (graph, trunk, image) =>
      addQuantizedTrunk(graph, trunk, image, ranges),
    )
    const [one, other] = [await startOnnxRuntime(bytes, 'cpu', 1), await startOnnxRuntime(int8, 'cpu', 1)]
    const [theirs, ours] = [await one.run(inputs.slice(8)), await other.run(inputs.slice(8))]
    const spread = Math.max(...logits(theirs)) - Math.min(...logits(theirs))
    for (const [index, output] of ours.entries()) {
      expect(output.pneumoniaLogit).to.be.closeTo(theirs[index]!.pneumoniaLogit, 0.1 * spread)
      expect(output.subtype.viral).to.be.closeTo(theirs[index]!.subtype.viral, 0.02)
      const mean = output.activationMap.reduce((sum, value) => sum + value, 0) / output.activationMap.length
      expect(mean).to.be.closeTo(output.pneumoniaLogit, 1e-4 * (1 + Math.abs(mean)))
    }
    // Identical outputs would mean that the float32 network had run.
    expect(logits(ours)).not.to.deep.equal(logits(theirs))
    // An image's output does not depend on the rest of its batch.
    const [alone] = await other.run([inputs[9]!])
    expect(alone!.pneumoniaLogit).to.be.closeTo(ours[1]!.pneumoniaLogit, 1e-4)
    await one.close()
    await other.close()
  })

  it('is not written if a layer has no measured range', async () => {
    const network = await readNetwork(await reducedNetwork())
    await expectRejection(
      encodeNetwork({ ...network, version: '0.0.1' }, (graph, trunk, image) =>
        addQuantizedTrunk(graph, trunk, image, new Map()),
      ),
      'TRAINING_RANGE_MISSING',
    )
  })
})

describe('readNetwork', () => {
  it('returns a network that encodes to the same bytes', async () => {
    const bytes = await reducedNetwork()
    const again = await encodeNetwork({ ...(await readNetwork(bytes)), version: '0.0.1' })
    expect(Buffer.compare(again, bytes)).to.equal(0)
  })

  it('rejects bytes that are not a network', async () => {
    await expectRejection(readNetwork(new TextEncoder().encode('not a network')), 'TRAINING_NETWORK_UNFIT')
  })
})
