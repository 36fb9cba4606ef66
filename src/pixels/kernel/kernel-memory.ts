const pageBytes = 65536
/** Vectors are read fastest where they start at a multiple of their length. */
const alignment = 16

/** What every kernel compiled from AssemblyScript exports; addresses are bytes in its own memory. */
export interface Kernel {
  readonly memory: WebAssembly.Memory
  /** Where memory is free for the caller. */
  freeMemory(): number
}

/**
 * Makes a kernel with memory of its own.
 * @param binary WebAssembly, base64
 * @returns its exports
 */
export function instantiate(binary: string): unknown {
  return new WebAssembly.Instance(new WebAssembly.Module(Buffer.from(binary, 'base64'))).exports
}

/** Lays out planes one after the other in a kernel's memory, from where it is free. */
export class KernelMemory {
  readonly #memory: WebAssembly.Memory
  #end: number

  constructor(kernel: Kernel) {
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
