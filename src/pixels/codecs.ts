import { decodeHtj2k } from './htj2k.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'

/** What a codec needs to know about a frame besides its bytes. */
export interface FrameFormat {
  readonly rows: number
  readonly columns: number
  readonly bitsAllocated: number
  readonly bitsStored: number
  /** Position of a value's most significant bit in its cell; `bitsStored - 1` except in old files. */
  readonly highBit: number
  readonly signed: boolean
}

/** Returns the frame's samples as little-endian bytes, as in uncompressed Pixel Data. */
export type FrameDecoder = (encoded: Uint8Array<ArrayBuffer>, format: FrameFormat) => Promise<Uint8Array>

type NativeDecode = 'decodeRle' | 'decodeJpeg' | 'decodeJpegLs' | 'decodeJpeg2000'

/**
 * dcmjs-codecs: libjpeg, CharLS and OpenJPEG in WebAssembly. Exact against DCMTK, GDCM and OpenJPEG's program in our
 * tests.
 */
function native(decode: NativeDecode): FrameDecoder {
  return async (encodedBuffer, { rows, columns, bitsAllocated, bitsStored, signed }) => {
    // Loaded for the first compressed image, because only decoding threads need it.
    const { Context, NativeCodecs } = (await import('dcmjs-codecs')).default
    if (!NativeCodecs.isInitialized()) await NativeCodecs.initializeAsync()
    const context = new Context({
      width: columns,
      height: rows,
      bitsAllocated,
      bitsStored,
      samplesPerPixel: 1,
      pixelRepresentation: signed ? 1 : 0,
      planarConfiguration: 0,
      photometricInterpretation: 'MONOCHROME2',
      encodedBuffer,
    })
    try {
      return NativeCodecs[decode](context).getDecodedBuffer() ?? new Uint8Array(0)
    } catch (error) {
      // A codec that failed is left with inconsistent memory, so the next image gets a new one.
      NativeCodecs.release()
      throw error
    }
  }
}

/** The codec of each supported compressed transfer syntax. */
export const frameDecoders: ReadonlyMap<string, FrameDecoder> = new Map([
  [transferSyntax.rle, native('decodeRle')],
  [transferSyntax.jpegBaseline, native('decodeJpeg')],
  [transferSyntax.jpegExtended, native('decodeJpeg')],
  [transferSyntax.jpegSpectralSelection, native('decodeJpeg')],
  [transferSyntax.jpegFullProgression, native('decodeJpeg')],
  [transferSyntax.jpegLossless, native('decodeJpeg')],
  [transferSyntax.jpegLosslessSv1, native('decodeJpeg')],
  [transferSyntax.jpegLsLossless, native('decodeJpegLs')],
  [transferSyntax.jpegLsNearLossless, native('decodeJpegLs')],
  [transferSyntax.jpeg2000Lossless, native('decodeJpeg2000')],
  [transferSyntax.jpeg2000, native('decodeJpeg2000')],
  [transferSyntax.htj2kLossless, decodeHtj2k],
  [transferSyntax.htj2kLosslessRpcl, decodeHtj2k],
  [transferSyntax.htj2k, decodeHtj2k],
])
