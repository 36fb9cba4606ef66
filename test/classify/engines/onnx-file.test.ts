import { expect } from 'chai'
import { readOnnx } from '../../../src/classify/engines/onnx-file.ts'
import { OnnxGraph } from '../../../src/training/onnx/onnx-graph.ts'

function graphOf(): OnnxGraph {
  const graph = new OnnxGraph('small')
  const image = graph.input('image', ['N', 3, 'height', 2])
  const kernel = graph.weights('kernel', [1, 3, 1, 1], Float32Array.of(1, -2, 0.5))
  graph.operator('Conv', [image, kernel], 'maps', { strides: [2, 1], group: 1, pads: [0] })
  graph.halfWeights('half', [2], Float32Array.of(0.25, -4))
  graph.output('maps', ['N', 1, 2, 2])
  return graph
}

describe('a network file', () => {
  it('has its operators, weights, inputs and outputs', async () => {
    expect(await readOnnx(await graphOf().encode('0'))).to.deep.equal({
      nodes: [
        {
          opType: 'Conv',
          inputs: ['image', 'kernel'],
          output: 'maps',
          attributes: new Map([
            ['strides', [2, 1]],
            ['group', [1]],
            ['pads', [0]],
          ]),
        },
        { opType: 'Cast', inputs: ['half.float16'], output: 'half', attributes: new Map([['to', [1]]]) },
      ],
      weights: new Map([
        ['kernel', { shape: [1, 3, 1, 1], values: Float32Array.of(1, -2, 0.5) }],
        ['half.float16', { shape: [2], values: Float32Array.of(0.25, -4) }],
      ]),
      // Without the batch. A size that is chosen at run time counts as 1.
      inputs: new Map([['image', [3, 1, 2]]]),
      outputs: ['maps'],
    })
  })

  it('is refused with weights of another type, which it names', async () => {
    const graph = graphOf()
    graph.wholeWeights('whole', [1], Int8Array.of(1))
    const outcome = await readOnnx(await graph.encode('0')).then(String, String)
    expect(outcome).to.equal('Error: the weights whole have the unsupported ONNX element type 3')
  })

  it('is refused if it is none', async () => {
    const outcome = await readOnnx(new TextEncoder().encode('text')).then(() => 'read', String)
    expect(outcome).to.match(/Error/)
  })
})
