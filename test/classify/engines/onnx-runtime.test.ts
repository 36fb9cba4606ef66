import { existsSync, readdirSync } from 'node:fs'
import { expect } from 'chai'
import { startOnnxRuntime } from '../../../src/classify/engines/onnx-runtime.ts'
import { startTensorFlow } from '../../../src/classify/engines/tensorflow-js.ts'
import { OnnxGraph } from '../../../src/training/onnx/onnx-graph.ts'
import { expectRejection } from '../expect-code.ts'
import { failureOf } from '../../servers/failure-of.ts'
import { reducedNetwork, reducedSide } from './reduced-model.ts'

/** A network that has an input of this name and one output. */
function incomplete(input: string): Promise<Uint8Array> {
  const graph = new OnnxGraph('incomplete')
  graph.operator('Relu', [graph.input(input, ['N', 3, 2, 2])], 'pneumonia_logit')
  graph.output('pneumonia_logit', ['N', 3, 2, 2])
  return graph.encode('0')
}

const threadFolder = '/proc/self/task'

describe('an engine of ONNX Runtime', function () {
  this.timeout(60_000)

  it('says what computes, and has passed over nothing by itself', async () => {
    const engine = await startOnnxRuntime(await reducedNetwork(), 'cpu', 1)
    const { version, ...info } = engine.info
    expect(info).to.deep.equal({ name: 'onnxruntime', provider: 'cpu', passedOver: [] })
    expect(version).to.match(/^\d+\.\d+\.\d+/)
    expect(engine.inputLength).to.equal(3 * reducedSide ** 2)
    expect(await engine.run([])).to.deep.equal([])
    await expectRejection(engine.run([new Float32Array(5)]), 'CLASSIFY_INPUT_INVALID')
    await engine.close()
  })

  it('has the threads that the settings allow (on Linux)', async function () {
    if (!existsSync(threadFolder)) this.skip()
    const network = await reducedNetwork()
    // The first session also starts threads that all sessions share.
    await (await startOnnxRuntime(network, 'cpu', 1)).close()
    const startedBy = async (threads: number) => {
      const before = readdirSync(threadFolder).length
      const engine = await startOnnxRuntime(network, 'cpu', threads)
      const started = readdirSync(threadFolder).length - before
      await engine.close()
      return started
    }
    // The calling thread is one of them.
    expect([await startedBy(1), await startedBy(5)]).to.deep.equal([0, 4])
  })

  for (const [name, start] of Object.entries({
    'ONNX Runtime': (bytes: Uint8Array) => startOnnxRuntime(bytes, 'cpu', 1),
    'TensorFlow.js': startTensorFlow,
  })) {
    it(`names the input or output that a network lacks: ${name}`, async () => {
      const withoutInput = await failureOf(incomplete('picture').then(start))
      expect(withoutInput.message).to.contain('The network\'s tensor "image" is not an input.')
      const engine = await start(await incomplete('image'))
      const withoutOutput = await failureOf(engine.run([new Float32Array(12)]))
      expect(withoutOutput.message).to.contain('The network\'s tensor "activation_map" is missing or not float32.')
      await engine.close()
    })
  }
})
