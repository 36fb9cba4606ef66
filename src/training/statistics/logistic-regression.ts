/** `probability = 1 / (1 + exp(-(bias + weights · inputs)))` */
interface LogisticModel {
  readonly bias: number
  readonly weights: readonly number[]
}

export interface LogisticExample {
  readonly inputs: readonly number[]
  readonly target: 0 | 1
  readonly weight: number
}

const iterations = 4000
const learningRate = 0.5

/**
 * L2-regularised logistic regression by full-batch projected gradient descent. Weights are at most 0, so a larger input
 * can only lower the probability. Inputs should be of the order of 1.
 */
export function fitLogistic(examples: readonly LogisticExample[], l2: number): LogisticModel {
  const inputs = examples[0]!.inputs.length
  const weights = new Array<number>(inputs).fill(0)
  const total = examples.reduce((sum, { weight }) => sum + weight, 0)
  let bias = 0
  for (let iteration = 0; iteration < iterations; iteration++) {
    const gradient = weights.map((weight) => l2 * weight)
    let biasGradient = 0
    for (const example of examples) {
      const error = ((predict({ bias, weights }, example.inputs) - example.target) * example.weight) / total
      for (let k = 0; k < inputs; k++) gradient[k]! += error * example.inputs[k]!
      biasGradient += error
    }
    for (let k = 0; k < inputs; k++) weights[k] = Math.min(0, weights[k]! - learningRate * gradient[k]!)
    bias -= learningRate * biasGradient
  }
  return { bias, weights }
}

function predict({ bias, weights }: LogisticModel, inputs: readonly number[]): number {
  let logit = bias
  for (let k = 0; k < weights.length; k++) logit += weights[k]! * inputs[k]!
  return 1 / (1 + Math.exp(-logit))
}
