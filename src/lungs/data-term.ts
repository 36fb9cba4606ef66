import { type DataTermFeatures, dataTermFeatures, dataTermInputs } from './data-term-features.ts'
import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { type LungKernel, createKernel } from './kernel/lung-kernel.ts'
import type { LungPrior } from './lung-prior.ts'
import { type Plane, smooth } from './plane.ts'

/**
 * The learned data term of the graph cut: a network with one hidden layer that estimates the probability of lung at a
 * sample from the registered prior and the gray levels around it. Candemir 2014 weights intensity and prior by hand;
 * learning from masks raised the box's overlap from .925 to .936 on held-out children (see the atlas's card).
 */
export interface DataTerm {
  /** Hidden units; a multiple of 16. */
  readonly hidden: number
  /** `input * hidden + unit` */
  readonly hiddenWeights: Float32Array
  readonly hiddenBias: Float32Array
  readonly outputWeights: Float32Array
  readonly outputBias: number
}

/** Number of values in a stored data term. */
export function dataTermLength(hidden: number): number {
  return (dataTermInputs + 2) * hidden + 1
}

/** @param values as `packDataTerm` made them, length `dataTermLength(hidden)` */
export function unpackDataTerm(values: Float32Array, hidden: number): DataTerm {
  const weights = dataTermInputs * hidden
  return {
    hidden,
    hiddenWeights: values.subarray(0, weights),
    hiddenBias: values.subarray(weights, weights + hidden),
    outputWeights: values.subarray(weights + hidden, weights + 2 * hidden),
    outputBias: values[weights + 2 * hidden]!,
  }
}

export function packDataTerm({ hidden, hiddenWeights, hiddenBias, outputWeights, outputBias }: DataTerm): Float32Array {
  const values = new Float32Array(dataTermLength(hidden))
  values.set(hiddenWeights)
  values.set(hiddenBias, hiddenWeights.length)
  values.set(outputWeights, hiddenWeights.length + hidden)
  values[values.length - 1] = outputBias
  return values
}

/** Half the width of the window in which the prior must be uncertain for the network to be evaluated. */
const doubtRadius = 8
const leastDoubt = 0.002

/** Lung probability of every sample, 0–1; far from any boundary of the prior, the prior's own value. */
export function lungProbability(term: OpenDataTerm, prior: LungPrior): Plane {
  const { side, samples } = prior.probability
  const around = smooth(prior.probability, new Array<number>(doubtRadius + 1).fill(1 / (2 * doubtRadius + 1)))
  const doubtful = Uint32Array.from({ length: samples.length }, (_, sample) => sample).filter((sample) => {
    const mean = around.samples[sample]!
    return mean > leastDoubt && mean < 1 - leastDoubt
  })
  const logits = term.logits(dataTermFeatures(prior), doubtful)
  const probability = Float32Array.from(samples)
  for (let i = 0; i < doubtful.length; i++) probability[doubtful[i]!] = 1 / (1 + Math.exp(-logits[i]!))
  return { side, samples: probability }
}

/** A data term that is ready for radiographs of one grid size, with its own memory. */
export class OpenDataTerm {
  readonly parameters: DataTerm
  readonly #kernel: LungKernel = createKernel()
  readonly #hiddenWeights: number
  readonly #hiddenBias: number
  readonly #outputWeights: number
  readonly #inputs: number
  readonly #logits: number
  readonly #float32: Float32Array<ArrayBuffer>

  /** @param samples largest number of samples of one radiograph */
  constructor(parameters: DataTerm, samples: number) {
    const memory = new KernelMemory(this.#kernel)
    this.parameters = parameters
    this.#hiddenWeights = memory.allocate(4 * parameters.hiddenWeights.length)
    this.#hiddenBias = memory.allocate(4 * parameters.hidden)
    this.#outputWeights = memory.allocate(4 * parameters.hidden)
    this.#inputs = memory.allocate(4 * dataTermInputs * samples)
    this.#logits = memory.allocate(4 * samples)
    this.#float32 = new Float32Array(this.#kernel.memory.buffer)
    this.#float32.set(parameters.hiddenWeights, this.#hiddenWeights / 4)
    this.#float32.set(parameters.hiddenBias, this.#hiddenBias / 4)
    this.#float32.set(parameters.outputWeights, this.#outputWeights / 4)
  }

  /** Log odds of lung at the given samples; the next call overwrites the array. */
  logits(features: DataTermFeatures, samples: Uint32Array): Float32Array {
    const first = this.#inputs / 4
    const { hidden, outputBias } = this.parameters
    for (let i = 0; i < samples.length; i++) features.read(samples[i]!, this.#float32, first + i * dataTermInputs)
    this.#kernel.lungLogits(
      this.#inputs,
      samples.length,
      dataTermInputs,
      hidden,
      this.#hiddenWeights,
      this.#hiddenBias,
      this.#outputWeights,
      outputBias,
      this.#logits,
    )
    return this.#float32.subarray(this.#logits / 4, this.#logits / 4 + samples.length)
  }
}
