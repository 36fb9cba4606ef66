import { kernelBinary } from './kernel-binary.ts'

/** What `assembly/index.ts` exports; all addresses are bytes in the module's own memory. */
export interface LungKernel {
  readonly memory: WebAssembly.Memory
  freeMemory(): number
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

/** A kernel with memory of its own. */
export function createKernel(): LungKernel {
  const module = new WebAssembly.Module(Buffer.from(kernelBinary, 'base64'))
  return new WebAssembly.Instance(module).exports as unknown as LungKernel
}

const pageBytes = 65536
/** Vectors are read fastest where they start at a multiple of their length. */
const alignment = 16

/** Lays out planes one after the other in a kernel's memory. */
export class KernelMemory {
  readonly #memory: WebAssembly.Memory
  #end: number

  constructor(kernel: LungKernel) {
    this.#memory = kernel.memory
    this.#end = Math.ceil(kernel.freeMemory() / alignment) * alignment
  }

  /** The address of so many bytes. Views on the memory are void after it has grown. */
  allocate(bytes: number): number {
    const address = this.#end
    this.#end += Math.ceil(bytes / alignment) * alignment
    const missing = this.#end - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes))
    return address
  }
}
