import { decodeHtj2k } from './htj2k.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'

/** What a codec must know of the frame besides its bytes. */
export interface FrameFormat {
  readonly rows: number
  readonly columns: number
  readonly bitsAllocated: number
  readonly bitsStored: number
  /** Where the most significant bit of a value lies in its cell; `bitsStored - 1` but in old files. */
  readonly highBit: number
  readonly signed: boolean
}

/** Gives the frame's samples as little-endian bytes, as uncompressed Pixel Data would hold them. */
type FrameDecoder = (encoded: Uint8Array<ArrayBuffer>, format: FrameFormat) => Promise<Uint8Array>

type NativeDecode = 'decodeRle' | 'decodeJpeg' | 'decodeJpegLs' | 'decodeJpeg2000'

/** dcmjs-codecs: libjpeg, CharLS and OpenJPEG in WebAssembly; exact against DCMTK, GDCM and OpenJPEG's program in our tests. */
function native(decode: NativeDecode): FrameDecoder {
  return async (encodedBuffer, { rows, columns, bitsAllocated, bitsStored, signed }) => {
    // Loaded with the first compressed image: only the threads that decode need it.
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
      // A codec that was broken off leaves its memory as it was in the middle: the next image gets a new one.
      NativeCodecs.release()
      throw error
    }
  }
}

/** One codec for each compressed transfer syntax that can be read. */
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
