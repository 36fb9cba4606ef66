import loadOpenJph, { type OpenJph } from '@cornerstonejs/codec-openjph'

/** One WebAssembly instance a thread, made when the first HTJ2K image comes. */
let instance: Promise<OpenJph> | undefined

/**
 * Decodes HTJ2K (ISO 15444-15) with OpenJPH as Cornerstone builds it: dcmjs-codecs' build gives 127 for every negative value of signed 8-bit
 * images, and takes three times as long.
 * @returns cells of 8 or 16 bits, little endian
 */
export async function decodeHtj2k(encoded: Uint8Array): Promise<Uint8Array> {
  // What it would print of a damaged codestream is said by the error.
  instance ??= loadOpenJph({ print: () => {}, printErr: () => {} })
  const { HTJ2KDecoder } = await instance
  const decoder = new HTJ2KDecoder()
  try {
    decoder.getEncodedBuffer(encoded.length).set(encoded)
    decoder.decode()
    // A copy, since the buffer is the instance's memory.
    return Uint8Array.from(decoder.getDecodedBuffer())
  } catch (error) {
    // Broken off in the middle, its memory is as it was: the next image gets a new one.
    instance = undefined
    throw error instanceof Error ? error : new Error('the codestream cannot be decoded')
  } finally {
    decoder.delete()
  }
}
