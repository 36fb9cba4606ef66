import type { Tensor } from '@tensorflow/tfjs-core'
import type { Engine } from '../engine.ts'
import { outputInvalid } from '../errors.ts'
import type { NetworkOutput } from '../network-output.ts'
import { joinInputs, splitOutputs } from './batch.ts'
import { type OnnxNetwork, type OnnxNode, readOnnx } from './onnx-file.ts'
import { type Tf, operators, toTensorFlowOrder } from './tensor-operators.ts'
import { loadTensorFlow } from './tensorflow-library.ts'

/**
 * The same network in TensorFlow.js, for sites whose graphics processors are set up for it. Its WebAssembly back end
 * computes in the calling thread.
 * @param bytes of the network's ONNX file
 * @throws Error if TensorFlow.js is not installed or the network has an unsupported operator
 */
export async function startTensorFlow(bytes: Uint8Array): Promise<Engine> {
  const [{ tf, backend }, network] = await Promise.all([loadTensorFlow(), readOnnx(bytes)])
  const graph = new TensorGraph(tf, network)
  const shape = network.inputs.get('image')
  if (shape === undefined) throw outputInvalid('image', 'is not an input')
  const inputLength = shape.reduce((product, size) => product * size, 1)
  return {
    info: { name: 'tensorflow.js', version: tf.version_core, provider: 'tfjs', backend, passedOver: [] },
    inputLength,
    run: async (inputs) => {
      if (inputs.length === 0) return []
      return graph.run(tf.tensor(joinInputs(inputs, inputLength), [inputs.length, ...shape]), inputs.length)
    },
    close: () => {
      graph.dispose()
      return Promise.resolve()
    },
  }
}

/** A network whose weights are resident in the back end's memory. */
class TensorGraph {
  readonly #tf: Tf
  readonly #constants = new Map<string, Tensor>()
  readonly #nodes: readonly OnnxNode[]
  readonly #outputs: readonly string[]
  /** Index of the last node that reads a value. */
  readonly #lastUse = new Map<string, number>()

  constructor(tf: Tf, network: OnnxNetwork) {
    this.#tf = tf
    for (const { opType } of network.nodes) {
      if (!(opType in operators)) throw new Error(`the TensorFlow.js engine does not support the operator ${opType}`)
    }
    for (const [name, weights] of network.weights) {
      this.#constants.set(
        name,
        tf.tidy(() => toTensorFlowOrder(tf, weights)),
      )
    }
    this.#nodes = network.nodes.filter((node) => !this.#computedOnce(node))
    this.#outputs = network.outputs
    for (const [place, { inputs }] of this.#nodes.entries()) {
      for (const name of inputs) this.#lastUse.set(name, place)
    }
  }

  /** Computes the nodes that depend on weights only (casts) once, when the network is loaded. */
  #computedOnce(node: OnnxNode): boolean {
    if (!node.inputs.every((name) => this.#constants.has(name))) return false
    this.#constants.set(node.output, this.#compute(node, this.#constants))
    return true
  }

  /** @param images as ONNX has them, [batch, channels, height, width]; disposed of */
  async run(images: Tensor, count: number): Promise<NetworkOutput[]> {
    const tf = this.#tf
    const values = new Map([['image', tf.transpose(images, [0, 2, 3, 1])]])
    images.dispose()
    for (const [place, node] of this.#nodes.entries()) {
      values.set(node.output, this.#compute(node, values))
      for (const name of node.inputs) this.#release(name, place, values)
    }
    const data = new Map<string, unknown>()
    for (const name of this.#outputs) data.set(name, await values.get(name)?.data())
    tf.dispose([...values.values()])
    return splitOutputs(count, (name) => data.get(name))
  }

  #compute(node: OnnxNode, values: ReadonlyMap<string, Tensor>): Tensor {
    const inputs = node.inputs.map((name) => values.get(name) ?? this.#constants.get(name)!)
    return this.#tf.tidy(() => operators[node.opType]!(this.#tf, inputs, node))
  }

  /** Releases a feature map after the last node that reads it. */
  #release(name: string, place: number, values: Map<string, Tensor>): void {
    if (this.#lastUse.get(name) !== place || this.#outputs.includes(name)) return
    values.get(name)?.dispose()
    values.delete(name)
  }

  dispose(): void {
    this.#tf.dispose([...this.#constants.values()])
  }
}
