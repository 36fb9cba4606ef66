// Dense networks in double precision, without the engine: the reference for its training steps.

/** A layer; weights are row-major [inputs, outputs]. */
export interface ReferenceLayer {
  readonly outputs: number
  readonly weights: Float64Array
  readonly bias: Float64Array
}

/**
 * The logits of one sample.
 * @param activate activation of every layer except the last
 */
export function referenceLogits(
  layers: readonly ReferenceLayer[],
  features: ArrayLike<number>,
  activate: (sum: number, layer: number, unit: number) => number,
): Float64Array {
  let values = features
  for (const [index, { outputs, weights, bias }] of layers.entries()) {
    const sums = Float64Array.from(bias)
    for (let input = 0; input < values.length; input++) {
      for (let out = 0; out < outputs; out++) sums[out]! += values[input]! * weights[input * outputs + out]!
    }
    values = index === layers.length - 1 ? sums : sums.map((sum, unit) => activate(sum, index, unit))
  }
  return Float64Array.from(values)
}

/** Slopes of a loss in about `count` of its parameters, by central differences. */
export function slopes(
  values: Float64Array,
  count: number,
  loss: () => number,
): { readonly index: number; readonly slope: number }[] {
  const step = 1e-5
  const stride = Math.max(1, Math.floor(values.length / count))
  return Array.from({ length: Math.ceil(values.length / stride) }, (_, k) => {
    const index = k * stride
    const value = values[index]!
    values[index] = value + step
    const above = loss()
    values[index] = value - step
    const below = loss()
    values[index] = value
    return { index, slope: (above - below) / (2 * step) }
  })
}
