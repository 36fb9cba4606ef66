// The part of the WebAssembly API (in every Node) that we use. TypeScript declares it only together with the browser's
// API.
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
    /** Grows by that many pages of 65,536 bytes; replaces `buffer`. */
    grow(pages: number): number
  }
}
