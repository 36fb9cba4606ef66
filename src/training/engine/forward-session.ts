import type { InferenceSession } from 'onnxruntime-node'
import { type SessionOptions, openSession, toTensors } from './session.ts'
import { Tape, type Value } from './tape.ts'
import type { NamedTensors } from './training-step.ts'

/** The outputs of a graph, by name. */
export type Outputs = Readonly<Record<string, Value>>

/** Runs a network without training it. Weights are fed like data, so they can differ from run to run. */
export class ForwardSession {
  readonly #session: InferenceSession

  private constructor(session: InferenceSession) {
    this.#session = session
  }

  /** @param addOutputs adds the network to the tape */
  static async open(addOutputs: (tape: Tape) => Outputs, options: SessionOptions): Promise<ForwardSession> {
    const tape = new Tape('forward')
    for (const [name, value] of Object.entries(addOutputs(tape))) tape.output(name, value)
    return new ForwardSession(await openSession(await tape.graph.encode('1'), options))
  }

  /** @param feeds weights and data by graph input name */
  async run(feeds: NamedTensors): Promise<Record<string, Float32Array>> {
    const outputs = await this.#session.run(toTensors(feeds))
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]))
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}
