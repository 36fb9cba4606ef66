import { expect } from 'chai'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import { convolution } from '../../../src/training/engine/convolution.ts'
import {
  add,
  crossEntropy,
  dense,
  dropout,
  globalAveragePool,
  maxPool,
  relu,
  sigmoid,
} from '../../../src/training/engine/operators.ts'
import { Tape, type Value } from '../../../src/training/engine/tape.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

type Shapes = Readonly<Record<string, readonly number[]>>
type Operator = (tape: Tape, values: Readonly<Record<string, Value>>) => Value

/** Step of the central differences; the loss is quadratic in it, and float32 leaves about 1e-4 of relative error. */
const step = 1e-2

/** Compares the tape's gradients of `sum(output * constant)` with central differences of the forward pass. */
async function expectGradients(shapes: Shapes, operator: Operator, sample = gaussianDeviate): Promise<void> {
  const random = seededRandom(7)
  const feeds = Object.fromEntries(
    Object.entries(shapes).map(([name, shape]) => [
      name,
      Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, () => sample(random)),
    ]),
  )
  const session = await differentiate(shapes, operator)
  const run = async (values: typeof feeds) => {
    const tensors = Object.entries(values).map(([name, data]) => [name, new Tensor('float32', data, shapes[name])])
    return session.run(Object.fromEntries(tensors) as Record<string, Tensor>)
  }
  const analytic = await run(feeds)
  for (const [name, values] of Object.entries(feeds)) {
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

async function differentiate(shapes: Shapes, operator: Operator): Promise<InferenceSession> {
  const tape = new Tape('test')
  const values = Object.fromEntries(Object.entries(shapes).map(([name, shape]) => [name, tape.parameter(name, shape)]))
  const output = operator(tape, values)
  const loss = weightedSum(tape, output)
  const gradients = tape.gradients(loss)
  const give = (value: Value, name: string) => {
    tape.graph.operator('Identity', [value.name], name)
    tape.graph.output(name, value.shape)
  }
  for (const name of Object.keys(shapes)) give(gradients.get(name)!, `${name}.gradient`)
  give(loss, 'loss')
  return InferenceSession.create(await tape.graph.encode('1'), { logSeverityLevel: 3 })
}

/** A scalar on which every sample of the output has another influence. */
function weightedSum(tape: Tape, output: Value): Value {
  const { shape } = output
  const factors = tape.constant(
    shape,
    Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(3 * i) + 0.5),
  )
  const product = tape.compute('Mul', [output, factors], shape)
  const sum = tape.compute('ReduceSum', [product], [], { keepdims: 0 })
  return tape.differentiable(sum, [output], (gradient) => [() => tape.compute('Mul', [factors, gradient], shape)])
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
          (tape, { image, kernel, bias }) => convolution(tape, image!, kernel!, bias!, { stride, padding }),
        ))
    }
  }

  it('of rectified units', () => expectGradients({ x: [3, 7] }, (tape, { x }) => relu(tape, x!), distinct()))

  it('of a sigmoid', () => expectGradients({ x: [3, 7] }, (tape, { x }) => sigmoid(tape, x!)))

  it('of a value that is used twice', () =>
    expectGradients({ x: [3, 4] }, (tape, { x }) => add(tape, sigmoid(tape, x!), add(tape, x!, x!))))

  it('of dropout', () =>
    expectGradients({ x: [2, 5] }, (tape, { x }) =>
      dropout(tape, x!, tape.constant([2, 5], Float32Array.of(1.25, 0, 1.25, 1.25, 0, 0, 1.25, 1.25, 1.25, 0))),
    ))

  it('of a dense layer', () =>
    expectGradients({ x: [3, 6], weights: [6, 4], bias: [4] }, (tape, { x, weights, bias }) =>
      dense(tape, x!, weights!, bias!),
    ))

  it('of maxima over windows that overlap', () =>
    expectGradients({ image: [1, 2, 7, 6] }, (tape, { image }) => maxPool(tape, image!), distinct()))

  it('of the mean of each channel', () =>
    expectGradients({ maps: [2, 3, 4, 5] }, (tape, { maps }) => globalAveragePool(tape, maps!)))

  it('of the cross-entropy of a batch with weights and soft targets', () =>
    expectGradients({ logits: [3, 3] }, (tape, { logits }) => {
      const targets = tape.constant([3, 3], Float32Array.of(1, 0, 0, 0.1, 0.8, 0.1, 0, 0.5, 0.5))
      return crossEntropy(tape, logits!, targets, tape.constant([3, 1], Float32Array.of(1, 2, 0.5)))
    }))
})
