import type { InferenceSession } from 'onnxruntime-node'
import { type SessionOptions, openSession, toTensors } from './session.ts'
import { Tape, type Value } from './tape.ts'
import type { NamedTensors } from './training-step.ts'

/** What a graph is to compute, by name. */
export type Outputs = Readonly<Record<string, Value>>

/** A network that computes without learning; its weights are fed like its data, so that they can change from run to run. */
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

  /** @param feeds weights and data that the graph asks for, by input name */
  async run(feeds: NamedTensors): Promise<Record<string, Float32Array>> {
    const outputs = await this.#session.run(toTensors(feeds))
    return Object.fromEntries(Object.entries(outputs).map(([name, { data }]) => [name, data as Float32Array]))
  }

  close(): Promise<void> {
    return this.#session.release()
  }
}
