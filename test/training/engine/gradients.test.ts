import { expect } from 'chai'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { convolution } from '../../../src/training/engine/convolution.ts'
import { binaryCrossEntropy, crossEntropy } from '../../../src/training/engine/losses.ts'
import * as onnx from '../../../src/training/engine/onnx-operators.ts'
import {
  add,
  dense,
  dropout,
  globalAveragePool,
  maxPool,
  relu,
  scale,
  sigmoid,
} from '../../../src/training/engine/operators.ts'
import { Tape, type Value } from '../../../src/training/engine/tape.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

type Shapes = Readonly<Record<string, readonly number[]>>
type Operator = (values: Readonly<Record<string, Value>>, tape: Tape) => Value

/** Step of the central differences; the loss is quadratic in it, and float32 leaves about 1e-4 of relative error. */
const step = 1e-2

/**
 * Compares the tape's gradients of `sum(output * constant)` with central differences of the forward pass, and the shapes that the operator
 * says its output and gradients have with those that ONNX Runtime computes.
 */
async function expectGradients(shapes: Shapes, operator: Operator, sample = gaussianDeviate): Promise<void> {
  const random = seededRandom(7)
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => sample(random)),
    ]),
  )
  const { session, outputShape } = await differentiate(shapes, operator)
  const run = async (values: typeof feeds) => {
    const tensors = Object.entries(values).map(([name, data]) => [name, new Tensor('float32', data, shapes[name])])
    return session.run(Object.fromEntries(tensors) as Record<string, Tensor>)
  }
  const analytic = await run(feeds)
  expect(analytic['output']!.dims, 'shape of the output').to.deep.equal(outputShape)
  for (const [name, values] of Object.entries(feeds)) {
    expect(analytic[`${name}.gradient`]!.dims, `shape of the gradient of ${name}`).to.deep.equal(shapes[name])
    const gradient = analytic[`${name}.gradient`]!.data as Float32Array
    for (let i = 0; i < values.length; i += Math.max(1, Math.floor(values.length / 12))) {
      const moved = async (by: number) => {
        const at = values.slice()
        at[i]! += by
        return ((await run({ ...feeds, [name]: at }))['loss']!.data as Float32Array)[0]!
      }
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step)
      expect(gradient[i], `${name}[${i}]`).to.be.closeTo(numeric, 0.01 + 0.01 * Math.abs(numeric))
    }
  }
  await session.release()
}

async function differentiate(
  shapes: Shapes,
  operator: Operator,
): Promise<{ readonly session: InferenceSession; readonly outputShape: readonly number[] }> {
  const tape = new Tape('test')
  const values = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tape.parameter(name, shape)]))
  const output = operator(values, tape)
  const loss = weightedSum(output)
  const gradients = tape.gradients(loss)
  for (const name of Object.keys(shapes)) tape.output(`${name}.gradient`, gradients.get(name)!)
  tape.output('output', output)
  tape.output('loss', loss)
  const session = await InferenceSession.create(await tape.graph.encode('1'), { logSeverityLevel: 3 })
  return { session, outputShape: output.shape }
}

/** A scalar on which every sample of the output has another influence. */
function weightedSum(output: Value): Value {
  const { shape, tape } = output
  const factors = tape.constant(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(3 * i) + 0.5),
  )
  const sum = onnx.sum(onnx.multiply(output, factors))
  return tape.differentiable(sum, [output], (gradient) => [() => onnx.multiply(factors, gradient)])
}

/** Away from the kinks of maxima and rectified units, where there is no gradient to compare. */
function distinct() {
  let next = 0
  return () => ((next += 37) % 101) / 10 - 5.03
}

describe('gradients by the tape agree with finite differences', () => {
  const convolutions = [
    { title: '1x1', kernel: [5, 4, 1, 1], stride: 1, padding: 0 },
    { title: '1x1, stride 2', kernel: [5, 4, 1, 1], stride: 2, padding: 0 },
    { title: '3x3', kernel: [5, 4, 3, 3], stride: 1, padding: 1 },
    { title: '7x7, stride 2', kernel: [5, 4, 7, 7], stride: 2, padding: 3 },
  ]
  for (const channels of [4, 20]) {
    for (const { title, kernel, stride, padding } of convolutions) {
      it(`of a convolution ${title} of ${channels} channels`, () =>
        expectGradients(
          { image: [2, channels, 9, 8], kernel: [kernel[0]!, channels, kernel[2]!, kernel[3]!], bias: [5] },
          ({ image, kernel, bias }) => convolution(image!, kernel!, bias!, { stride, padding }),
        ))
    }
  }

  it('of rectified units', () => expectGradients({ x: [3, 7] }, ({ x }) => relu(x!), distinct()))

  it('of a sigmoid', () => expectGradients({ x: [3, 7] }, ({ x }) => sigmoid(x!)))

  it('of a value that is used twice', () => expectGradients({ x: [3, 4] }, ({ x }) => add(sigmoid(x!), add(x!, x!))))

  it('of dropout', () =>
    expectGradients({ x: [2, 5] }, ({ x }, tape) =>
      dropout(x!, tape.constant([2, 5], Float32Array.of(1.25, 0, 1.25, 1.25, 0, 0, 1.25, 1.25, 1.25, 0))),
    ))

  it('of a value times a number', () => expectGradients({ x: [3, 4] }, ({ x }) => scale(x!, -2.5)))

  it('of a dense layer', () =>
    expectGradients({ x: [3, 6], weights: [6, 4], bias: [4] }, ({ x, weights, bias }) => dense(x!, weights!, bias!)))

  it('of maxima over windows that overlap', () =>
    expectGradients({ image: [1, 2, 7, 6] }, ({ image }) => maxPool(image!), distinct()))

  it('of the mean of each channel', () =>
    expectGradients({ maps: [2, 3, 4, 5] }, ({ maps }) => globalAveragePool(maps!)))

  it('of the cross-entropy of a batch with weights and soft targets', () =>
    expectGradients({ logits: [3, 3] }, ({ logits }, tape) => {
      const targets = tape.constant([3, 3], Float32Array.of(1, 0, 0, 0.1, 0.8, 0.1, 0, 0.5, 0.5))
      return crossEntropy(logits!, targets, tape.constant([3, 1], Float32Array.of(1, 2, 0.5)))
    }))

  it('of the binary cross-entropy of a batch with soft targets', () =>
    expectGradients({ logits: [5, 1] }, ({ logits }, tape) =>
      binaryCrossEntropy(logits!, tape.constant([5, 1], Float32Array.of(0, 1, 0.3, 0.5, 0.9))),
    ))
})

describe('operators', () => {
  const parameter = (tape: Tape, ...shape: number[]) => tape.parameter(`p${shape.join('x')}`, shape)

  it('refuse shapes that do not fit, where they are built', () => {
    const tape = new Tape('test')
    const matrix = parameter(tape, 3, 4)
    expect(() => dense(matrix, parameter(tape, 5, 2), parameter(tape, 2))).to.throw('[3, 4] and [5, 2]')
    expect(() => dense(matrix, parameter(tape, 4, 2), parameter(tape, 3))).to.throw('[3, 2] and [3]')
    expect(() => add(matrix, parameter(tape, 4, 3))).to.throw('[3, 4] and [4, 3]')
    expect(() => onnx.reshape(matrix, [5, 2])).to.throw('[3, 4] and [5, 2]')
    const image = parameter(tape, 1, 3, 8, 8)
    const plan = { stride: 1, padding: 0 }
    expect(() => convolution(image, parameter(tape, 2, 4, 1, 1), parameter(tape, 2), plan)).to.throw('[2, 4, 1, 1]')
  })

  it('refuse a gradient of another shape than its value', () => {
    const tape = new Tape('test')
    const [row, matrix] = [parameter(tape, 4), parameter(tape, 3, 4)]
    const loss = onnx.sum(onnx.add(row, matrix))
    const recorded = tape.differentiable(loss, [row], () => [() => matrix])
    expect(() => tape.gradients(recorded)).to.throw('p4 is [4], its gradient [3, 4]')
  })
})
