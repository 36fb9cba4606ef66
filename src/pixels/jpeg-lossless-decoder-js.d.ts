// The package names a type file that it does not hold; this declares what we use of it.
declare module 'jpeg-lossless-decoder-js' {
  export class Decoder {
    /** Decodes one frame to samples of 8 or 16 bits, little endian as the machine is. */
    decode(buffer: ArrayBufferLike, offset: number, length: number): Uint8Array | Uint16Array
  }
}
