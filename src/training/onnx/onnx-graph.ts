/// <reference lib="es2025.float16" />
import { fileURLToPath } from 'node:url'
import protobuf from 'protobufjs'

/** ONNX element types (onnx.proto, TensorProto.DataType). */
const elementType = { float32: 1, uint8: 2, int8: 3, int32: 6, int64: 7, float16: 10 } as const

/** ONNX attribute kinds (onnx.proto, AttributeProto.AttributeType). */
const attributeKind = { float: 1, int: 2, string: 3, ints: 7 } as const

/** Every ONNX Runtime since 1.12 reads opset 17 and IR version 8. */
const opsetVersion = 17
const irVersion = 8

/** Domain of ONNX Runtime's contrib operators (ONNX Runtime docs/ContribOperators.md). */
const microsoft = { domain: 'com.microsoft', version: 1 } as const

/** A dimension: a number, or a name if the size is chosen at run time. */
type Dimension = number | string

/**
 * Text, an integer, a list of integers, or `{ float }`, because a JavaScript number does not distinguish integers from
 * floats.
 */
export type Attribute = string | number | readonly number[] | { readonly float: number }

interface Tensor {
  name: string
  dims: readonly number[]
  dataType: number
  rawData: Uint8Array
}

/** Collects the operators and weights of a network and writes them as an ONNX file. */
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

  /** Integers as an operator input: shapes, axes, starts. */
  integers(name: string, values: readonly number[]): string {
    return this.#initializer(name, [values.length], elementType.int64, BigInt64Array.from(values, BigInt))
  }

  /** Weights stored as float32. */
  weights(name: string, dims: readonly number[], values: Float32Array): string {
    return this.#initializer(name, dims, elementType.float32, values)
  }

  /**
   * Weights stored in half precision, which halves the file. ONNX Runtime folds the cast to float32 at load time, so
   * inference is not slower.
   */
  halfWeights(name: string, dims: readonly number[], values: Float32Array): string {
    const stored = this.#initializer(`${name}.float16`, dims, elementType.float16, Float16Array.from(values))
    return this.operator('Cast', [stored], name, { to: elementType.float32 })
  }

  /** Integer weights of 8-bit networks, whose biases have 32 bits. Empty `dims` make a scalar. */
  wholeWeights(name: string, dims: readonly number[], values: Int8Array | Uint8Array | Int32Array): string {
    return this.#initializer(name, dims, elementTypeOf(values), values)
  }

  /** Adds an operator with one output and returns the output's name. */
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

  /** Adds a contrib operator of ONNX Runtime. Other runtimes may not support it. */
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
    // ONNX raw data is little-endian, like every platform that Node supports here.
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
