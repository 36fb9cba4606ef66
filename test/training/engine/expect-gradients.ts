import { expect } from 'chai'
import { InferenceSession, Tensor } from 'onnxruntime-node'
import * as onnx from '../../../src/training/engine/onnx-operators.ts'
import { Tape, type Value } from '../../../src/training/engine/tape.ts'
import { type Random, gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'

export type Shapes = Readonly<Record<string, readonly number[]>>
export type Operator = (values: Readonly<Record<string, Value>>, tape: Tape) => Value

/** Values by parameter name. */
export type ByName = Readonly<Record<string, ArrayLike<number>>>

export interface GradientOptions {
  /** Draws one value of a parameter; normal deviates by default. */
  readonly sample?: (random: Random) => number
  /**
   * The analytic gradients, in double precision.
   * @param parameters their values
   * @param outer the gradient with respect to the operator's output
   */
  readonly closedForm?: (parameters: Readonly<Record<string, Float32Array>>, outer: Float32Array) => ByName
}

/**
 * Step of the central differences: small compared with the parameters, large compared with float32 rounding of the
 * output.
 */
const step = 1e-2

/**
 * Compares the tape's gradients of `sum(output * constant)` with central differences and, if given, the closed form.
 * Compares the shapes that ONNX Runtime computes with the operator's output shape and the parameters' shapes.
 */
export async function expectGradients(
  shapes: Shapes,
  operator: Operator,
  options: GradientOptions = {},
): Promise<void> {
  const { sample = gaussianDeviate, closedForm } = options
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
  const factors = factorsOf(outputShape)
  const exact = closedForm?.(feeds, factors)
  expect(analytic['output']!.dims, 'shape of the output').to.deep.equal(outputShape)
  for (const [name, values] of Object.entries(feeds)) {
    expect(analytic[`${name}.gradient`]!.dims, `shape of the gradient of ${name}`).to.deep.equal(shapes[name])
    const gradient = analytic[`${name}.gradient`]!.data as Float32Array
    const largest = gradient.reduce((most, value) => Math.max(most, Math.abs(value)), 0)
    if (exact !== undefined) expectClose(gradient, exact[name]!, 1e-5 * largest, name)
    for (let i = 0; i < values.length; i += Math.max(1, Math.floor(values.length / 12))) {
      const moved = async (by: number) => {
        const at = values.slice()
        at[i]! += by
        const output = (await run({ ...feeds, [name]: at }))['output']!.data as Float32Array
        // In double precision, because the differences are small compared with the sum.
        return output.reduce((sum, value, k) => sum + value * factors[k]!, 0)
      }
      const numeric = ((await moved(step)) - (await moved(-step))) / (2 * step)
      expect(gradient[i], `${name}[${i}]`).to.be.closeTo(numeric, 0.01 * largest)
    }
  }
  await session.release()
}

function expectClose(found: ArrayLike<number>, expected: ArrayLike<number>, tolerance: number, name: string): void {
  expect(found.length, `length of the gradient of ${name}`).to.equal(expected.length)
  const apart = Array.from(found, (value, i) => Math.abs(value - expected[i]!))
  const furthest = apart.reduce((most, distance, i) => (distance > apart[most]! ? i : most), 0)
  expect(found[furthest], `${name}[${furthest}] by closed form`).to.be.closeTo(expected[furthest]!, tolerance)
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
  const session = await InferenceSession.create(await tape.graph.encode('1'), { logSeverityLevel: 3 })
  return { session, outputShape: output.shape }
}

/** A scalar that weights every value of the output differently. */
function weightedSum(output: Value): Value {
  const factors = output.tape.constant(output.shape, factorsOf(output.shape))
  const sum = onnx.sum(onnx.multiply(output, factors))
  return output.tape.differentiable(sum, [output], (gradient) => [() => onnx.multiply(factors, gradient)])
}

function factorsOf(shape: readonly number[]): Float32Array {
  return Float32Array.from({ length: shape.reduce((a, b) => a * b, 1) }, (_, i) => Math.cos(3 * i) + 0.5)
}

/** Draws values away from the kinks of max pooling and ReLU, where the gradient is undefined. */
export function awayFromKinks(): () => number {
  let next = 0
  return () => ((next += 37) % 101) / 10 - 5.03
}
