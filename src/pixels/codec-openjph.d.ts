// @cornerstonejs/codec-openjph ships no types; this file declares what we and our tests use.
declare module '@cornerstonejs/codec-openjph' {
  export interface OpenJph {
    readonly HTJ2KDecoder: new () => {
      getEncodedBuffer(length: number): Uint8Array
      decode(): void
      getDecodedBuffer(): Uint8Array
      delete(): void
    }
    readonly HTJ2KEncoder: new () => {
      getDecodedBuffer(frame: {
        width: number
        height: number
        bitsPerSample: number
        componentCount: number
        isSigned: boolean
        isUsingColorTransform: boolean
      }): Uint8Array
      setQuality(reversible: boolean, quantisation: number): void
      encode(): void
      getEncodedBuffer(): Uint8Array
      delete(): void
    }
  }
  export default function load(module?: {
    print: (text: string) => void
    printErr: (text: string) => void
  }): Promise<OpenJph>
}
