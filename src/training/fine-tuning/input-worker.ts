import { move, transferableSymbol, valueSymbol } from 'piscina'
import type { InputSpec } from '../../classify/manifest.ts'
import { type InputJob, prepareInput } from '../inputs/prepare-input.ts'

// Worker thread that turns image files into network inputs.

export interface InputTask {
  readonly job: InputJob
  readonly spec: InputSpec
}

export default async function prepare({ job, spec }: InputTask): Promise<Float32Array> {
  const input = await prepareInput(job, spec)
  return move({ [transferableSymbol]: [input.buffer], [valueSymbol]: input }) as unknown as Float32Array
}
