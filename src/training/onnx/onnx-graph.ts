/// <reference lib="es2025.float16" />
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

/** ONNX element types (onnx.proto, TensorProto.DataType). */
const elementType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const

/** ONNX attribute kinds (onnx.proto, AttributeProto.AttributeType). */
const attributeKind = { float: 1, int: 2, string: 3, ints: 7 } as const

/** Opset 17 and IR 8 are what every ONNX Runtime since 1.12 reads. */
const opsetVersion = 17
const irVersion = 8

/** Operators that ONNX Runtime has beside ONNX' own (its docs/ContribOperators.md). */
const microsoft = { domain: 'com.microsoft', version: 1 } as const

/** A dimension: a number, or a name where the size is chosen at run time. */
type Dimension = number | string

/** Text, a whole number, a list of whole numbers, or `{ float }`: JavaScript's numbers do not say which an attribute wants. */
export type Attribute = string | number | readonly number[] | { readonly float: number }

interface Tensor {
  name: string
  dims: readonly number[]
  dataType: number
  rawData: Uint8Array
}

/** Collects operators and weights of one network and writes them as an ONNX file. */
export class OnnxGraph {
  readonly #nodes: { readonly domain: string }[] = []
  readonly #initializers: Tensor[] = []
  readonly #inputs: object[] = []
  readonly #outputs: object[] = []
  readonly #name: string

  constructor(name: string) {
    this.#name = name
  }

  input(name: string, shape: readonly Dimension[]): string {
    this.#inputs.push(valueInfo(name, shape))
    return name
  }

  output(name: string, shape: readonly Dimension[]): void {
    this.#outputs.push(valueInfo(name, shape))
  }

  /** Whole numbers that an operator takes as an input: shapes, axes, starts. */
  integers(name: string, values: readonly number[]): string {
    return this.#initializer(name, [values.length], elementType.int64, BigInt64Array.from(values, BigInt))
  }

  /** Weights kept as they are. */
  weights(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#initializer(name, dims, elementType.float32, values)
  }

  /**
   * Weights stored in half precision and cast to float32 when the network is loaded: half the file, the same speed.
   * ONNX Runtime folds the Cast away at load.
   */
  halfWeights(name: string, dims: readonly number[], values: Float32Array): string {
    const stored = this.#initializer(`${name}.float16`, dims, elementType.float16, Float16Array.from(values))
    return this.operator('Cast', [stored], name, { to: elementType.float32 })
  }

  /** Weights that are whole numbers, as networks in 8 bits have them; biases there have 32. No dims, a single value. */
  wholeWeights(name: string, dims: readonly number[], values: Int8Array | Uint8Array | Int32Array): string {
    return this.#initializer(name, dims, elementTypeOf(values), values)
  }

  /** Adds an operator with one output and gives that output's name. */
  operator(
    opType: string,
    input: readonly string[],
    output: string,
    attributes: Readonly<Record<string, Attribute>> = {},
  ): string {
    this.operators(opType, input, [output], attributes)
    return output
  }

  /** Adds an operator with several outputs. */
  operators(
    opType: string,
    input: readonly string[],
    output: readonly string[],
    attributes: Readonly<Record<string, Attribute>> = {},
  ): void {
    this.#nodes.push({ ...nodeMessage(opType, input, output, attributes), domain: '' })
  }

  /** Adds an operator of ONNX Runtime's own, which other programs do not know. */
  microsoftOperator(opType: string, input: readonly string[], output: string): string {
    this.#nodes.push({ ...nodeMessage(opType, input, [output], {}), domain: microsoft.domain })
    return output
  }

  /** The ONNX file. `metadata` is shown by model viewers. */
  async encode(producerVersion: string, metadata: Readonly<Record<string, string>> = {}): Promise<Uint8Array> {
    const root = await protobuf.load(fileURLToPath(new URL('../../classify/onnx.proto', import.meta.url)))
    const model = root.lookupType('onnx.ModelProto')
    return model
      .encode({
        irVersion,
        producerName: 'lung-triage',
        producerVersion,
        opsetImport: [
          { domain: '', version: opsetVersion },
          ...(this.#nodes.some(({ domain }) => domain === microsoft.domain) ? [microsoft] : []),
        ],
        metadataProps: Object.entries(metadata).map(([key, value]) => ({ key, value })),
        graph: {
          name: this.#name,
          node: this.#nodes,
          initializer: this.#initializers,
          input: this.#inputs,
          output: this.#outputs,
        },
      })
      .finish()
  }

  #initializer(name: string, dims: readonly number[], dataType: number, values: ArrayBufferView): string {
    // ONNX stores raw data little-endian, as do all machines Node runs on.
    const rawData = new Uint8Array(values.buffer, values.byteOffset, values.byteLength)
    this.#initializers.push({ name, dims, dataType, rawData })
    return name
  }
}

function valueInfo(name: string, shape: readonly Dimension[]): object {
  const dim = shape.map((size) => (typeof size === 'number' ? { dimValue: size } : { dimParam: size }))
  return { name, type: { tensorType: { elemType: elementType.float32, shape: { dim } } } }
}

function nodeMessage(
  opType: string,
  input: readonly string[],
  output: readonly string[],
  attributes: Readonly<Record<string, Attribute>>,
): object {
  const attribute = Object.entries(attributes).map(([name, value]) => attributeMessage(name, value))
  return { input, output, name: `${output[0]}.${opType}`, opType, attribute }
}

function elementTypeOf(values: Int8Array | Uint8Array | Int32Array): number {
  if (values instanceof Int8Array) return elementType.int8
  return values instanceof Uint8Array ? elementType.uint8 : elementType.int32
}

function attributeMessage(name: string, value: Attribute): object {
  if (typeof value === 'string') return { name, s: new TextEncoder().encode(value), type: attributeKind.string }
  if (typeof value === 'number') return { name, i: value, type: attributeKind.int }
  if ('float' in value) return { name, f: value.float, type: attributeKind.float }
  return { name, ints: value, type: attributeKind.ints }
}
