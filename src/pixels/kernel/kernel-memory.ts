const pageBytes = 65536
/** Vectors are read fastest at a multiple of their length. */
const alignment = 16

/** The exports of every kernel compiled from AssemblyScript. Addresses are byte offsets in its own memory. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  /** Start of the memory that is free for the caller. */
  freeMemory(): number
}

/**
 * Creates a kernel with its own memory.
 * @param binary WebAssembly, base64
 * @returns its exports
 */
export function instantiate(binary: string): unknown {
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64'))).exports
}

/** Allocates planes one after the other in a kernel's free memory. */
export class KernelMemory {
  readonly #memory: WebAssembly.Memory
  #end: number

  constructor(kernel: Kernel) {
    this.#memory = kernel.memory
    this.#end = Math.ceil(kernel.freeMemory() / alignment) * alignment
  }

  /** Allocates that many bytes and returns their address. Views on the memory are invalid after it has grown. */
  allocate(bytes: number): number {
    const address = this.#end
    this.#end += Math.ceil(bytes / alignment) * alignment
    const missing = this.#end - this.#memory.buffer.byteLength
    if (missing > 0) this.#memory.grow(Math.ceil(missing / pageBytes))
    return address
  }
}
