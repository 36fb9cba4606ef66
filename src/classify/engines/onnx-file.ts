/// <reference lib="es2025.float16" />
import { readFile } from 'node:fs/promises'
import protobuf from 'protobufjs'
import { z } from 'zod'

/** Weights in ONNX layout: row-major, kernels [out, in, height, width]. */
export interface OnnxWeights {
  readonly shape: readonly number[]
  readonly values: Float32Array
}

/** One operator of a network. */
export interface OnnxNode {
  readonly opType: string
  readonly inputs: readonly string[]
  readonly output: string
  /** Integers; a single integer is a list of one. */
  readonly attributes: ReadonlyMap<string, readonly number[]>
}

/** The content of a network file, with its operators in the order of execution. */
export interface OnnxNetwork {
  readonly nodes: readonly OnnxNode[]
  readonly weights: ReadonlyMap<string, OnnxWeights>
  /** Shapes without the batch, by name. */
  readonly inputs: ReadonlyMap<string, readonly number[]>
  readonly outputs: readonly string[]
}

/** ONNX element types that our networks use (onnx.proto, TensorProto.DataType). */
const elementType = { float32: 1, float16: 10 } as const

const whole = z.coerce.number().int()
const named = z.object({ name: z.string() })
const model = z.object({
  graph: z.object({
    node: z.array(
      z.object({
        input: z.array(z.string()),
        output: z.tuple([z.string()]),
        opType: z.string(),
        attribute: z.array(named.extend({ i: whole, ints: z.array(whole) })),
      }),
    ),
    initializer: z.array(
      named.extend({ dims: z.array(whole), dataType: z.number(), rawData: z.instanceof(Uint8Array) }),
    ),
    input: z.array(
      named.extend({
        type: z.object({
          tensorType: z.object({ shape: z.object({ dim: z.array(z.object({ dimValue: whole.optional() })) }) }),
        }),
      }),
    ),
    output: z.array(named),
  }),
})

/**
 * Reads an ONNX file as written by our own export (src/training/onnx/network.ts).
 * @throws the error of protobuf or zod if the bytes are not such a network
 */
export async function readOnnx(bytes: Uint8Array): Promise<OnnxNetwork> {
  const schema = protobuf.parse(await readFile(new URL('../onnx.proto', import.meta.url), 'utf8'))
  const type = schema.root.lookupType('onnx.ModelProto')
  const { graph } = model.parse(type.toObject(type.decode(bytes), { longs: String, arrays: true, defaults: true }))
  return {
    nodes: graph.node.map(({ input, output, opType, attribute }) => ({
      opType,
      inputs: input,
      output: output[0],
      attributes: new Map(attribute.map(({ name, i, ints }) => [name, ints.length > 0 ? ints : [i]])),
    })),
    weights: new Map(
      graph.initializer.map(({ name, dims, dataType, rawData }) => [
        name,
        { shape: dims, values: toFloat32(name, dataType, rawData) },
      ]),
    ),
    inputs: new Map(
      graph.input.map(({ name, type: { tensorType } }) => [
        name,
        tensorType.shape.dim.slice(1).map(({ dimValue }) => dimValue ?? 1),
      ]),
    ),
    outputs: graph.output.map(({ name }) => name),
  }
}

/** Raw data may be unaligned in the file, so it is copied to a new buffer, which is aligned. */
function toFloat32(name: string, dataType: number, rawData: Uint8Array): Float32Array {
  const { buffer } = Uint8Array.from(rawData)
  if (dataType === elementType.float32) return new Float32Array(buffer)
  if (dataType === elementType.float16) return Float32Array.from(new Float16Array(buffer))
  throw new Error(`the weights ${name} have the unsupported ONNX element type ${dataType}`)
}
