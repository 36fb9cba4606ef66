import { type Attribute, OnnxGraph } from '../onnx/onnx-graph.ts'
import { add, isSame } from './onnx-operators.ts'

/** A tensor of float32 somewhere in the graph. */
export interface Value {
  /** The tape whose graph it is in, so that operators need only their values. */
  readonly tape: Tape
  readonly name: string
  readonly shape: readonly number[]
  /** Whether it depends on a parameter, so that a gradient with respect to it is of use. */
  readonly differentiable: boolean
}

/** Places in a flattened tensor: whole numbers, which have no gradient. */
export interface Indices {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * The gradients with respect to an operator's inputs, given that with respect to its output (the chain rule, for one operator).
 * What is asked for an input that is not differentiable is not used.
 */
type Backward = (gradient: Value) => readonly (() => Value)[]

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
    return this.#value(this.graph.input(name, shape), shape)
  }

  /** Weights that are learned; fed at every run. */
  parameter(name: string, shape: readonly number[]): Value {
    return { ...this.input(name, shape), differentiable: true }
  }

  /** Weights that stay as they are; they become part of the graph, which makes their operators faster. */
  constant(shape: readonly number[], values: Float32Array): Value {
    return this.#value(this.graph.weights(this.#unused('constant'), shape, values), shape)
  }

  scalar(value: number): Value {
    return this.constant([], Float32Array.of(value))
  }

  /** Whole numbers as an operator's input. */
  integers(...values: number[]): string {
    return this.graph.integers(this.#unused('integers'), values)
  }

  /** A value as an output of the graph. */
  output(name: string, value: Value): void {
    this.graph.operator('Identity', [value.name], name)
    this.graph.output(name, value.shape)
  }

  /**
   * Adds an operator without a way back. Only `onnx-operators.ts` should, which knows the shape of what each operator gives.
   * @param inputs values, or names of whole numbers
   */
  compute(
    opType: string,
    inputs: readonly (Value | Indices | string)[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): Value {
    const names = inputs.map((input) => (typeof input === 'string' ? input : input.name))
    return this.#value(this.graph.operator(opType, names, this.#unused(opType), attributes), shape)
  }

  /** Adds an operator that also says which of its input's samples it took; both outputs have one shape. */
  computeIndexed(
    opType: string,
    inputs: readonly Value[],
    shape: readonly number[],
    attributes: Readonly<Record<string, Attribute>>,
  ): readonly [Value, Indices] {
    const value = this.#unused(opType)
    const indices = this.#unused(opType)
    const names = inputs.map(({ name }) => name)
    this.graph.operators(opType, names, [value, indices], attributes)
    return [this.#value(value, shape), { name: indices, shape }]
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
        if (input.differentiable) accumulate(byName, input, gradientOf())
      }
    }
    return byName
  }

  #value(name: string, shape: readonly number[]): Value {
    return { tape: this, name, shape, differentiable: false }
  }

  #unused(kind: string): string {
    return `${kind}.${this.#names++}`
  }
}

/** What is used twice gets the sum of both gradients. */
function accumulate(byName: Map<string, Value>, { name, shape }: Value, gradient: Value): void {
  if (!isSame(gradient.shape, shape))
    throw new Error(`${name} is [${shape.join(', ')}], its gradient [${gradient.shape.join(', ')}].`)
  const before = byName.get(name)
  byName.set(name, before === undefined ? gradient : add(before, gradient))
}
