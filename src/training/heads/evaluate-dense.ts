import { ForwardSession } from '../engine/forward-session.ts'
import { crossEntropy } from '../engine/losses.ts'
import * as onnx from '../engine/onnx-operators.ts'
import { singleThread } from '../engine/session.ts'
import type { NamedTensors } from '../engine/training-step.ts'
import { type Sample, batchInputs, toBatch } from './dense-batch.ts'
import { type DenseNetwork, biasName, denseLogits, sizesOf, toNamedTensors, weightsName } from './dense-network.ts'

/** A network's loss and outputs on samples. */
interface DenseEvaluation {
  /** Weighted mean cross-entropy over the samples. */
  readonly loss: number
  /** Class probabilities of each sample; they sum to 1. */
  readonly probabilities: readonly Float32Array[]
}

const rows = 256

/** Evaluates networks of one architecture with changing weights. */
export class DenseEvaluator {
  readonly #session: ForwardSession
  readonly #sizes: readonly number[]

  private constructor(session: ForwardSession, sizes: readonly number[]) {
    this.#session = session
    this.#sizes = sizes
  }

  /** @param sizes inputs, hidden units…, classes */
  static async open(sizes: readonly number[]): Promise<DenseEvaluator> {
    const session = await ForwardSession.open((tape) => {
      const { features, targets, sampleWeights } = batchInputs(tape, shapeOf(sizes))
      const layer = (index: number) => ({
        weights: tape.input(weightsName(index), sizes.slice(index, index + 2)),
        bias: tape.input(biasName(index), sizes.slice(index + 1, index + 2)),
      })
      const logits = denseLogits(features, sizes.length - 1, layer)
      return { loss: crossEntropy(logits, targets, sampleWeights), probabilities: onnx.softmax(logits) }
    }, singleThread)
    return new DenseEvaluator(session, sizes)
  }

  /** @param weights the layers' weights by name */
  async evaluate(weights: NamedTensors, samples: readonly Sample[]): Promise<DenseEvaluation> {
    const shape = shapeOf(this.#sizes)
    const probabilities: Float32Array[] = []
    let loss = 0
    for (let start = 0; start < samples.length; start += rows) {
      const batch = samples.slice(start, start + rows)
      const outputs = await this.#session.run(new Map([...weights, ...Object.entries(toBatch(batch, shape))]))
      loss += outputs['loss']![0]! * batch.length
      for (const row of batch.keys()) {
        probabilities.push(outputs['probabilities']!.slice(row * shape.classes, (row + 1) * shape.classes))
      }
    }
    return { loss: loss / samples.reduce((sum, { weight }) => sum + weight, 0), probabilities }
  }

  close(): Promise<void> {
    return this.#session.close()
  }
}

function shapeOf(sizes: readonly number[]) {
  return { rows, features: sizes[0]!, classes: sizes.at(-1)! }
}

/** Evaluates one network once. */
export async function evaluateDense(network: DenseNetwork, samples: readonly Sample[]): Promise<DenseEvaluation> {
  const evaluator = await DenseEvaluator.open(sizesOf(network))
  try {
    return await evaluator.evaluate(toNamedTensors(network), samples)
  } finally {
    await evaluator.close()
  }
}
