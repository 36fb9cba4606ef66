import { type Attribute, OnnxGraph } from '../onnx/onnx-graph.ts'
import { add, isSame } from './onnx-operators.ts'

/** A float32 tensor in the graph. */
export interface Value {
  /** The tape that owns the graph, so that operators need only their values. */
  readonly tape: Tape
  readonly name: string
  readonly shape: readonly number[]
  /** Whether it depends on a parameter and therefore needs a gradient. */
  readonly differentiable: boolean
}

/** Positions in a flattened tensor. They are integers and have no gradient. */
export interface Indices {
  readonly name: string
  readonly shape: readonly number[]
}

/**
 * The chain rule for one operator: maps the gradient of its output to the gradients of its inputs.
 * The gradient of an input that is not differentiable is not computed.
 */
type Backward = (gradient: Value) => readonly (() => Value)[]

interface Recorded {
  readonly output: Value
  readonly inputs: readonly Value[]
  readonly backward: Backward
}

/**
 * Reverse-mode automatic differentiation that writes an ONNX graph instead of computing. Every operator adds itself to
 * the graph and records its backward function. `gradients` walks the records in reverse and adds the backward pass to
 * the graph. Running the graph once is one training step.
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

  /** Trained weights, fed at every run. */
  parameter(name: string, shape: readonly number[]): Value {
    return { ...this.input(name, shape), differentiable: true }
  }

  /** Frozen weights. They are stored in the graph, which makes their operators faster. */
  constant(shape: readonly number[], values: Float32Array): Value {
    return this.#value(this.graph.weights(this.#unused('constant'), shape, values), shape)
  }

  scalar(value: number): Value {
    return this.constant([], Float32Array.of(value))
  }

  /** Integers as an operator input. */
  integers(...values: number[]): string {
    return this.graph.integers(this.#unused('integers'), values)
  }

  /** Makes a value a graph output. */
  output(name: string, value: Value): void {
    this.graph.operator('Identity', [value.name], name)
    this.graph.output(name, value.shape)
  }

  /**
   * Adds an operator without a gradient. For `onnx-operators.ts` only, which infers the output shape of each operator.
   * @param inputs values, or names of integer tensors
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

  /** Adds an operator that also outputs the indices of the samples it chose; both outputs have the same shape. */
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

  /** Records how gradients flow from an output to its inputs. */
  differentiable(output: Value, inputs: readonly Value[], backward: Backward): Value {
    if (!inputs.some((input) => input.differentiable)) return output
    const value = { ...output, differentiable: true }
    this.#recorded.push({ output: value, inputs, backward })
    return value
  }

  /**
   * Adds the backward pass.
   * @param loss a scalar
   * @returns the gradients of the loss by value name, including every parameter that the loss depends on
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

/** A value that is used more than once gets the sum of its gradients. */
function accumulate(byName: Map<string, Value>, { name, shape }: Value, gradient: Value): void {
  if (!isSame(gradient.shape, shape))
    throw new Error(`The gradient of ${name} has shape [${gradient.shape.join(', ')}], expected [${shape.join(', ')}].`)
  const before = byName.get(name)
  byName.set(name, before === undefined ? gradient : add(before, gradient))
}
