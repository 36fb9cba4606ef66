import '../../classify/without-telemetry.ts'
import { type InferenceSession, Tensor } from 'onnxruntime-node'
import { type SessionOptions, openSession, toTensors } from './session.ts'
import {
  type NamedTensor,
  type NamedTensors,
  type TrainingStep,
  learningRateInput,
  lossOutput,
  memoryName,
  nextName,
  penaltyOutput,
} from './training-step.ts'

/** Training state: weights, optimizer state and number of steps. */
export interface TrainingState {
  readonly steps: number
  /** Trained weights and optimizer state, by name. */
  readonly tensors: NamedTensors
}

/** Loss and penalty before a step's update. */
export interface StepLoss {
  /** Loss of the batch. */
  readonly loss: number
  /** The L2 penalty, which is minimised together with the loss. */
  readonly penalty: number
}

/** Runs training steps. The output of each run is the input of the next. */
export class StepSession {
  readonly #session: InferenceSession
  readonly #step: TrainingStep
  #steps: number
  #now: Record<string, Tensor>
  #next: Record<string, Tensor>

  private constructor(session: InferenceSession, step: TrainingStep, state: TrainingState) {
    this.#session = session
    this.#step = step
    this.#steps = state.steps
    this.#now = Object.fromEntries(
      [...state.tensors].map(([name, { shape, values }]) => [name, new Tensor('float32', values.slice(), shape)]),
    )
    // Each run writes into the tensors that the previous run read from, so nothing is allocated.
    this.#next = Object.fromEntries(
      [...state.tensors].map(([name, { shape, values }]) => [
        name,
        new Tensor('float32', new Float32Array(values.length), shape),
      ]),
    )
  }

  static async open(step: TrainingStep, state: TrainingState, options: SessionOptions): Promise<StepSession> {
    return new StepSession(await openSession(step.onnx, options), step, state)
  }

  /**
   * Runs one step.
   * @param batch data by graph input name
   * @returns the loss before the step
   */
  async run(batch: Readonly<Record<string, NamedTensor>>, learningRate: number): Promise<StepLoss> {
    this.#steps++
    const rate = this.#step.optimizer.rateOfStep(learningRate, this.#steps)
    const feeds = {
      ...this.#now,
      ...toTensors(Object.entries(batch)),
      [learningRateInput]: new Tensor('float32', Float32Array.of(rate), []),
    }
    const fetches: Record<string, Tensor | null> = { [lossOutput]: null, [penaltyOutput]: null }
    for (const [name, tensor] of Object.entries(this.#next)) fetches[nextName(name)] = tensor
    const outputs = await this.#session.run(feeds, fetches)
    ;[this.#now, this.#next] = [this.#next, this.#now]
    return { loss: numberOf(outputs[lossOutput]!), penalty: numberOf(outputs[penaltyOutput]!) }
  }

  /** A copy of the current training state. */
  state(): TrainingState {
    const tensors = Object.entries(this.#now).map(([name, { data, dims }]): [string, NamedTensor] => [
      name,
      { shape: dims, values: Float32Array.from(data as Float32Array) },
    ])
    return { steps: this.#steps, tensors: new Map(tensors) }
  }

  /** The current trained weights and optimizer state, not copied; later runs overwrite them. */
  weights(): NamedTensors {
    return new Map(
      Object.entries(this.#now).map(([name, { data, dims }]) => [name, { shape: dims, values: data as Float32Array }]),
    )
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}

function numberOf(scalar: Tensor): number {
  return (scalar.data as Float32Array)[0]!
}

/** The state before the first step. */
export function initialState(step: TrainingStep, weights: NamedTensors): TrainingState {
  const tensors = new Map<string, NamedTensor>()
  for (const name of step.trained) {
    const { shape, values } = weights.get(name)!
    tensors.set(name, { shape, values })
    for (let index = 0; index < step.optimizer.memories; index++) {
      tensors.set(memoryName(name, index), { shape, values: new Float32Array(values.length) })
    }
  }
  return { steps: 0, tensors }
}
