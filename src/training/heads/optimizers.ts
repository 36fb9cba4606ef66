/** Moves parameters against their gradient, in place. One instance for all parameter arrays of one training run. */
export type Optimizer = (parameters: readonly Float32Array[], gradients: readonly Float32Array[]) => void

/** Stochastic gradient descent. */
export function sgd(learningRate: number): Optimizer {
  return (parameters, gradients) => {
    for (const [index, values] of parameters.entries()) {
      const gradient = gradients[index]!
      for (let i = 0; i < values.length; i++) values[i]! -= learningRate * gradient[i]!
    }
  }
}

/** Learning rate of a step, counted from 0. */
export type Schedule = (step: number) => number

/** Adam (Kingma and Ba 2015, algorithm 1) with the paper's constants. */
export function adam(learningRate: number | Schedule): Optimizer {
  const schedule = typeof learningRate === 'number' ? () => learningRate : learningRate
  const beta1 = 0.9
  const beta2 = 0.999
  const epsilon = 1e-8
  let means: Float32Array[] | undefined
  let variances: Float32Array[] | undefined
  let step = 0
  return (parameters, gradients) => {
    means ??= parameters.map((values) => new Float32Array(values.length))
    variances ??= parameters.map((values) => new Float32Array(values.length))
    const rateOfStep = schedule(step)
    step++
    const rate = (rateOfStep * Math.sqrt(1 - beta2 ** step)) / (1 - beta1 ** step)
    for (const [index, values] of parameters.entries()) {
      const gradient = gradients[index]!
      const mean = means[index]!
      const variance = variances[index]!
      for (let i = 0; i < values.length; i++) {
        mean[i] = beta1 * mean[i]! + (1 - beta1) * gradient[i]!
        variance[i] = beta2 * variance[i]! + (1 - beta2) * gradient[i]! ** 2
        values[i]! -= (rate * mean[i]!) / (Math.sqrt(variance[i]!) + epsilon)
      }
    }
  }
}
