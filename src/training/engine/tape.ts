import { type Attribute, OnnxGraph } from '../onnx/onnx-graph.ts'

/** A tensor of float32 somewhere in the graph. */
export interface Value {
  readonly name: string
  readonly shape: readonly number[]
  /** Whether it depends on a parameter, so that a gradient with respect to it is of use. */
  readonly differentiable: boolean
}

/**
 * The gradients with respect to an operator's inputs, given that with respect to its output (the chain rule, for one operator).
 * What is asked for an input that is not differentiable is not used.
 */
export type Backward = (gradient: Value) => readonly (() => Value)[]

interface Recorded {
  readonly output: Value
  readonly inputs: readonly Value[]
  readonly backward: Backward
}

/**
 * Reverse-mode automatic differentiation that writes instead of computing: every operator adds itself to one ONNX graph and notes how
 * gradients pass it; `gradients` then goes through the notes from the end and adds the operators of the backward pass to the same graph.
 * Running the graph once is one step of training.
 */
export class Tape {
  readonly graph: OnnxGraph
  readonly #recorded: Recorded[] = []
  #names = 0

  constructor(name: string) {
    this.graph = new OnnxGraph(name)
  }

  /** Data fed at every run. */
  input(name: string, shape: readonly number[]): Value {
    return { name: this.graph.input(name, shape), shape, differentiable: false }
  }

  /** Weights that are learned; fed at every run. */
  parameter(name: string, shape: readonly number[]): Value {
    return { name: this.graph.input(name, shape), shape, differentiable: true }
  }

  /** Weights that stay as they are; they become part of the graph, which makes their operators faster. */
  constant(shape: readonly number[], values: Float32Array): Value {
    return { name: this.graph.weights(this.#unused('constant'), shape, values), shape, differentiable: false }
  }

  scalar(value: number): Value {
    return this.constant([], Float32Array.of(value))
  }

  /** Whole numbers as an operator's input. */
  integers(...values: number[]): string {
    return this.graph.integers(this.#unused('integers'), values)
  }

  /**
   * Adds an operator without a way back.
   * @param inputs values, or names of anything that is not a float32 tensor
   */
  compute(
    opType: string,
    inputs: readonly (Value | string)[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name))
    return {
      name: this.graph.operator(opType, names, this.#unused(opType), attributes),
      shape,
      differentiable: false,
    }
  }

  /** Adds an operator with two outputs, of which the second has no gradient. */
  computeTwo(
    opType: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>>,
  ): readonly [Value, string] {
    const first = this.#unused(opType)
    const second = this.#unused(opType)
    this.graph.operators(
      opType,
      inputs.map(({ name }) => name),
      [first, second],
      attributes,
    )
    return [{ name: first, shape, differentiable: false }, second]
  }

  /** Notes how gradients pass from an output to the inputs it was computed from. */
  differentiable(output: Value, inputs: readonly Value[], backward: Backward): Value {
    if (!inputs.some((input) => input.differentiable)) return output
    const value = { ...output, differentiable: true }
    this.#recorded.push({ output: value, inputs, backward })
    return value
  }

  /**
   * Adds the backward pass.
   * @param loss a scalar
   * @returns the gradient of the loss with respect to each parameter, by the parameter's name
   */
  gradients(loss: Value): ReadonlyMap<string, Value> {
    const byName = new Map<string, Value>([[loss.name, this.constant(loss.shape, Float32Array.of(1))]])
    for (const { output, inputs, backward } of this.#recorded.toReversed()) {
      const gradient = byName.get(output.name)
      if (gradient === undefined) continue
      for (const [index, gradientOf] of backward(gradient).entries()) {
        const input = inputs[index]!
        if (input.differentiable) this.#accumulate(byName, input, gradientOf())
      }
    }
    return byName
  }

  /** What is used twice gets the sum of both gradients. */
  #accumulate(byName: Map<string, Value>, { name, shape }: Value, gradient: Value): void {
    const before = byName.get(name)
    byName.set(name, before === undefined ? gradient : this.compute('Add', [before, gradient], shape))
  }

  #unused(kind: string): string {
    return `${kind}.${this.#names++}`
  }
}
