import { type Kernel, instantiate } from '../../pixels/kernel/kernel-memory.ts'
import { kernelBinary } from './kernel-binary.ts'

/** The exports of `assembly/index.ts`. All addresses are byte offsets in the module's own memory. */
export interface LungKernel extends Kernel {
  denseSift(plane: number, side: number, scratch: number, out: number): void
  halveDescriptors(from: number, side: number, out: number): void
  matchingCosts(
    fixed: number,
    moving: number,
    side: number,
    centreX: number,
    centreY: number,
    window: number,
    lanes: number,
    limit: number,
    out: number,
  ): void
  meanDistance(fixed: number, moving: number, side: number, flowX: number, flowY: number): number
  propagateBeliefs(
    side: number,
    window: number,
    lanes: number,
    centreX: number,
    centreY: number,
    dataCosts: number,
    smoothness: number,
    smoothnessLimit: number,
    displacementCost: number,
    sweeps: number,
    room: number,
  ): void
  lungLogits(
    inputs: number,
    count: number,
    inputsEach: number,
    hidden: number,
    hiddenWeights: number,
    hiddenBias: number,
    outputWeights: number,
    outputBias: number,
    out: number,
  ): void
}

/** Creates a kernel with its own memory. */
export function createKernel(): LungKernel {
  return instantiate(kernelBinary) as LungKernel
}
