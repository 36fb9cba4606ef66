// The part of the WebAssembly API (in every Node) that is used here; TypeScript declares it with the browser's only.
declare namespace WebAssembly {
  interface Module {
    readonly [Symbol.toStringTag]: string
  }
  const Module: new (bytes: Uint8Array) => Module
  interface Instance {
    readonly exports: Readonly<Record<string, unknown>>
  }
  const Instance: new (module: Module) => Instance
  interface Memory {
    readonly buffer: ArrayBuffer
    /** By so many pages of 65,536 bytes; replaces `buffer`. */
    grow(pages: number): number
  }
}
