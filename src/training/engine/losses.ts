import * as onnx from './onnx-operators.ts'
import type { Value } from './tape.ts'

/**
 * Softmax cross-entropy with sample weights, averaged over the batch.
 * @param logits [N, K]
 * @param targets probabilities [N, K]; each row sums to 1
 * @param weights [N, 1]
 * @returns a scalar
 */
export function crossEntropy(logits: Value, targets: Value, weights: Value): Value {
  const scaled = onnx.multiply(weights, 1 / logits.shape[0]!)
  const likelihood = onnx.multiply(onnx.multiply(targets, onnx.logSoftmax(logits)), scaled)
  const output = onnx.each('Neg', onnx.sum(likelihood))
  return logits.tape.differentiable(output, [logits], (gradient) => [
    () => {
      const excess = onnx.subtract(onnx.softmax(logits), targets)
      return onnx.multiply(onnx.multiply(excess, scaled), gradient)
    },
  ])
}

/**
 * Binary cross-entropy with logits: the mean of `log(1 + exp(z)) - t z`. Its derivative is `(sigmoid(z) - t) / N`.
 * @param logits [N, 1]
 * @param targets probabilities [N, 1]
 * @returns a scalar
 */
export function binaryCrossEntropy(logits: Value, targets: Value): Value {
  const share = 1 / logits.shape[0]!
  const losses = onnx.subtract(onnx.each('Softplus', logits), onnx.multiply(targets, logits))
  const output = onnx.multiply(onnx.sum(losses), share)
  return logits.tape.differentiable(output, [logits], (gradient) => [
    () => {
      const excess = onnx.subtract(onnx.each('Sigmoid', logits), targets)
      return onnx.multiply(onnx.multiply(excess, share), gradient)
    },
  ])
}
