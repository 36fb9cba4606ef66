import { binaryCrossEntropy, crossEntropy } from '../../../src/training/engine/losses.ts'
import { dense, dropout, relu, sigmoid } from '../../../src/training/engine/operators.ts'
import type { Value } from '../../../src/training/engine/tape.ts'
import { gaussianDeviate, seededRandom } from '../../../src/training/data/random.ts'
import { awayFromKinks, expectGradients } from './expect-gradients.ts'

/** Shapes of the heads (batches of 32, 2,048 features) and of the data term (batches of 2,048, 43 features). */
const layers = [
  { of: 'stage one', rows: 32, inputs: 2048, outputs: 2 },
  { of: "stage two's first layer", rows: 32, inputs: 2048, outputs: 64 },
  { of: "stage two's second layer", rows: 32, inputs: 64, outputs: 32 },
  { of: "stage two's last layer", rows: 32, inputs: 32, outputs: 3 },
  { of: "the data term's hidden layer", rows: 2048, inputs: 43, outputs: 32 },
  { of: "the data term's last layer", rows: 2048, inputs: 32, outputs: 1 },
] as const

describe('automatic differentiation matches finite differences and the closed form', () => {
  for (const { of, rows, inputs, outputs } of layers) {
    it(`for a dense layer like ${of}, ${inputs} to ${outputs}`, () =>
      expectGradients(
        { x: [rows, inputs], weights: [inputs, outputs], bias: [outputs] },
        ({ x, weights, bias }) => dense(x!, weights!, bias!),
        {
          closedForm: ({ x, weights }, outer) => ({
            x: sums(rows, inputs, outputs, (n, i, o) => outer[n * outputs + o]! * weights![i * outputs + o]!),
            weights: sums(inputs, outputs, rows, (i, o, n) => x![n * inputs + i]! * outer[n * outputs + o]!),
            bias: sums(1, outputs, rows, (_, o, n) => outer[n * outputs + o]!),
          }),
        },
      ))
  }

  it('for the sigmoid of 64 units: y (1 - y)', () =>
    expectGradients({ x: [32, 64] }, ({ x }) => sigmoid(x!), {
      closedForm: ({ x }, outer) => ({
        x: Float64Array.from(outer, (slope, i) => slope * logistic(x![i]!) * (1 - logistic(x![i]!))),
      }),
    }))

  it('for dropout of 64 units: the mask', () => {
    const random = seededRandom(3)
    const mask = Float32Array.from({ length: 32 * 64 }, () => (random() < 0.2 ? 0 : 1.25))
    return expectGradients({ x: [32, 64] }, ({ x }, tape) => dropout(x!, tape.constant([32, 64], mask)), {
      closedForm: (_, outer) => ({ x: Float64Array.from(outer, (slope, i) => slope * mask[i]!) }),
    })
  })

  it('for ReLU of 32 units: 1 for positive inputs', () =>
    expectGradients({ x: [2048, 32] }, ({ x }) => relu(x!), {
      sample: awayFromKinks(),
      closedForm: ({ x }, outer) => ({ x: Float64Array.from(outer, (slope, i) => (x![i]! > 0 ? slope : 0)) }),
    }))

  for (const classes of [2, 3]) {
    it(`for weighted cross-entropy of ${classes} classes: w (softmax - t) / N`, () => {
      const rows = 32
      const targets = Float32Array.from({ length: rows * classes }, (_, i) =>
        Math.floor(i / classes) % classes === i % classes ? 1 : 0,
      )
      const weights = Float32Array.from({ length: rows }, (_, n) => 0.5 + (n % 4))
      return expectGradients(
        { logits: [rows, classes] },
        ({ logits }, tape) =>
          crossEntropy(logits!, tape.constant([rows, classes], targets), tape.constant([rows, 1], weights)),
        {
          closedForm: ({ logits }, [outer]) => ({
            logits: Float64Array.from(logits!, (logit, i) => {
              const n = Math.floor(i / classes)
              const powers = Array.from(logits!.subarray(n * classes, (n + 1) * classes), Math.exp)
              const probability = Math.exp(logit) / powers.reduce((sum, power) => sum + power)
              return (outer! * weights[n]! * (probability - targets[i]!)) / rows
            }),
          }),
        },
      )
    })
  }

  it('for binary cross-entropy of 2,048 samples: (sigmoid - t) / N', () => {
    const random = seededRandom(5)
    const targets = Float32Array.from({ length: 2048 }, () => random())
    return expectGradients(
      { logits: [2048, 1] },
      ({ logits }, tape) => binaryCrossEntropy(logits!, tape.constant([2048, 1], targets)),
      {
        closedForm: ({ logits }, [outer]) => ({
          logits: Float64Array.from(logits!, (logit, n) => (outer! * (logistic(logit) - targets[n]!)) / 2048),
        }),
      },
    )
  })

  it('for binary cross-entropy with logits of 200 and -200, without overflow', () =>
    expectGradients(
      { logits: [4, 1] },
      ({ logits }, tape): Value => binaryCrossEntropy(logits!, tape.constant([4, 1], Float32Array.of(0, 1, 0, 1))),
      {
        sample: (random) => 200 * Math.sign(gaussianDeviate(random)),
        closedForm: ({ logits }, [outer]) => ({
          logits: Float64Array.from(logits!, (logit, n) => (outer! * (logistic(logit) - (n % 2))) / 4),
        }),
      },
    ))
})

/** A matrix [rows, columns] whose entries are sums of `count` terms, row-major. */
function sums(
  rows: number,
  columns: number,
  count: number,
  term: (row: number, column: number, k: number) => number,
): Float64Array {
  return Float64Array.from({ length: rows * columns }, (_, i) => {
    let sum = 0
    for (let k = 0; k < count; k++) sum += term(Math.floor(i / columns), i % columns, k)
    return sum
  })
}

function logistic(value: number): number {
  return 1 / (1 + Math.exp(-value))
}
