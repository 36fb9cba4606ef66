import * as onnx from './onnx-operators.ts'
import type { OptimizerPlan } from './optimizers.ts'
import { Tape, type Value } from './tape.ts'

/** Weights by name. */
export type NamedTensors = ReadonlyMap<string, NamedTensor>

export interface NamedTensor {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

interface TrainingStepOptions {
  /** The initial weights; frozen ones are stored in the graph. */
  readonly weights: NamedTensors
  readonly isTrained: (name: string) => boolean
  /** Whether the L2 penalty applies to a weight; biases are usually excluded. */
  readonly isDecayed: (name: string) => boolean
  /** Factor of the sum of squared weights in the loss. */
  readonly l2: number
  readonly optimizer: OptimizerPlan
  /** Adds the network and its loss; `weight` returns each weight by name. */
  readonly addLoss: (tape: Tape, weight: (name: string) => Value) => Value
}

/** One training step as an ONNX file, with the names of its trained weights and its optimizer. */
export interface TrainingStep {
  readonly onnx: Uint8Array
  readonly trained: readonly string[]
  readonly optimizer: OptimizerPlan
}

export const learningRateInput = 'learning_rate'
export const lossOutput = 'loss'
export const penaltyOutput = 'penalty'

/** Name of an optimizer state tensor of a weight. */
export function memoryName(weight: string, index: number): string {
  return `${weight}.memory.${index}`
}

/** Name of a weight or optimizer state tensor after the step. */
export function nextName(name: string): string {
  return `${name}.next`
}

/** Writes forward pass, backward pass and weight update as one graph. One run is one training step. */
export async function encodeTrainingStep(options: TrainingStepOptions): Promise<TrainingStep> {
  const { weights, optimizer } = options
  const tape = new Tape('training-step')
  const trained = new Map<string, Value>()
  const loss = options.addLoss(tape, (name) => {
    const { shape, values } = weights.get(name)!
    if (!options.isTrained(name)) return tape.constant(shape, values)
    const parameter = tape.parameter(name, shape)
    trained.set(name, parameter)
    return parameter
  })
  const gradients = tape.gradients(loss)
  const rate = tape.input(learningRateInput, [])
  const l2 = (name: string) => (options.isDecayed(name) ? options.l2 : 0)
  for (const [name, parameter] of trained) {
    const gradient = withPenalty(gradients.get(name)!, parameter, l2(name))
    const memory = Array.from({ length: optimizer.memories }, (_, index) =>
      tape.input(memoryName(name, index), parameter.shape),
    )
    const next = optimizer.update(parameter, gradient, memory, rate)
    tape.output(nextName(name), next.parameter)
    for (const [index, value] of next.memory.entries()) tape.output(nextName(memoryName(name, index)), value)
  }
  tape.output(lossOutput, loss)
  const decayed = [...trained].filter(([name]) => l2(name) > 0).map(([, parameter]) => parameter)
  tape.output(penaltyOutput, penaltyOf(tape, decayed, options.l2))
  return { onnx: await tape.graph.encode('1'), trained: [...trained.keys()], optimizer }
}

/** The gradient of `loss + l2 sum(w^2)`. */
function withPenalty(gradient: Value, parameter: Value, l2: number): Value {
  return l2 === 0 ? gradient : onnx.add(gradient, onnx.multiply(parameter, 2 * l2))
}

/** `l2 sum(w^2)` over all weights with an L2 penalty. */
function penaltyOf(tape: Tape, weights: readonly Value[], l2: number): Value {
  const squares = weights.reduce((sum, weight) => onnx.add(sum, onnx.sumOfSquares(weight)), tape.scalar(0))
  return onnx.multiply(squares, l2)
}
