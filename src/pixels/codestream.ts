import type { FrameFormat } from './codecs.ts'
import { checkJpeg2000 } from './jpeg2000-codestream.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'

/**
 * Checks that a compressed frame is complete and has the size in the header, before a codec allocates memory for it.
 * The codecs do not check this: RLE and JPEG 2000 fill a short frame with zeros, and every codec allocates whatever
 * size the codestream claims.
 * @returns the bits of a value in the codestream, which may be more than Bits Stored
 * @throws Error that names the mismatch
 */
type CodestreamCheck = (encoded: Uint8Array, format: FrameFormat) => number

/** How each compressed transfer syntax is checked. */
export const codestreamChecks: ReadonlyMap<string, CodestreamCheck> = new Map<string, CodestreamCheck>([
  [transferSyntax.rle, checkRle],
  [transferSyntax.jpegBaseline, checkJpeg],
  [transferSyntax.jpegExtended, checkJpeg],
  [transferSyntax.jpegSpectralSelection, checkJpeg],
  [transferSyntax.jpegFullProgression, checkJpeg],
  [transferSyntax.jpegLossless, checkJpeg],
  [transferSyntax.jpegLosslessSv1, checkJpeg],
  [transferSyntax.jpegLsLossless, checkJpeg],
  [transferSyntax.jpegLsNearLossless, checkJpeg],
  [transferSyntax.jpeg2000Lossless, checkJpeg2000],
  [transferSyntax.jpeg2000, checkJpeg2000],
  [transferSyntax.htj2kLossless, checkJpeg2000],
  [transferSyntax.htj2kLosslessRpcl, checkJpeg2000],
  [transferSyntax.htj2k, checkJpeg2000],
])

const rleHeaderBytes = 64

/** PS3.5 Annex G: one segment for each byte of a sample, each holding the same byte of all pixels. */
function checkRle(encoded: Uint8Array, format: FrameFormat): number {
  if (encoded.length < rleHeaderBytes) throw new Error('the RLE header is cut short')
  const header = new DataView(encoded.buffer, encoded.byteOffset, rleHeaderBytes)
  const segments = header.getUint32(0, true)
  if (segments !== format.bitsAllocated / 8)
    throw new Error(
      `the RLE header lists ${segments} segments, which does not fit ${format.bitsAllocated} bits per sample`,
    )
  let previous = rleHeaderBytes - 1
  for (let segment = 0; segment < segments; segment++) {
    const start = header.getUint32(4 + 4 * segment, true)
    const end = segment + 1 < segments ? header.getUint32(8 + 4 * segment, true) : encoded.length
    if (start <= previous || end < start || end > encoded.length) throw new Error('the RLE segments overlap')
    checkRleSegment(encoded.subarray(start, end), format.rows * format.columns)
    previous = start
  }
  return format.bitsAllocated
}

/** Walks the runs of one PackBits segment, which must decode to exactly `expected` bytes; padding may follow. */
function checkRleSegment(segment: Uint8Array, expected: number): void {
  let decoded = 0
  let at = 0
  while (decoded < expected && at < segment.length) {
    const control = segment[at]!
    // n of 0–127: n + 1 literal bytes follow; 129–255: one byte is repeated 257 - n times; 128: no operation.
    if (control < 128) [decoded, at] = [decoded + control + 1, at + control + 2]
    else if (control > 128) [decoded, at] = [decoded + 257 - control, at + 2]
    else at++
  }
  if (decoded !== expected || at > segment.length)
    throw new Error(`an RLE segment decodes to ${decoded} bytes, not ${expected}`)
  if (segment.length - at > 1) throw new Error('an RLE segment holds more than the frame')
}

/** Start-of-frame markers of JPEG (ISO 10918-1 Table B.1: C0–CF without DHT, JPG, DAC) and of JPEG-LS (F7). */
function isStartOfFrame(marker: number): boolean {
  if (marker === 0xf7) return true
  return marker >= 0xc0 && marker <= 0xcf && marker !== 0xc4 && marker !== 0xc8 && marker !== 0xcc
}

/** JPEG (ISO 10918-1 Annex B) and JPEG-LS (ISO 14495-1 Annex C), which share their marker syntax. */
function checkJpeg(encoded: Uint8Array, format: FrameFormat): number {
  const frame = startOfFrame(encoded)
  const [precision, rows, columns, components] = [
    frame.getUint8(4),
    frame.getUint16(5),
    frame.getUint16(7),
    frame.getUint8(9),
  ]
  if (components !== 1) throw new Error(`the codestream has ${components} components`)
  if (rows !== format.rows || columns !== format.columns) {
    throw new Error(`the codestream is ${rows} x ${columns}, the header claims ${format.rows} x ${format.columns}`)
  }
  // Fewer bits than Bits Stored occur and are harmless, unless the sign bit is missing.
  if (precision > format.bitsAllocated || (format.signed && precision < format.bitsStored)) {
    throw new Error(`the codestream has ${precision} bits, the header claims ${format.bitsStored}`)
  }
  if (!endsWithEndOfImage(encoded)) throw new Error('the codestream is cut short')
  return precision
}

/** The first start-of-frame segment, from its marker on. */
function startOfFrame(encoded: Uint8Array): DataView {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  if (encoded.length < 4 || view.getUint16(0) !== 0xffd8)
    throw new Error('the codestream does not start with a JPEG marker')
  let at = 2
  while (at + 10 <= encoded.length) {
    if (encoded[at] !== 0xff) throw new Error('the codestream is damaged')
    const marker = encoded[at + 1]!
    // FF may precede a marker as fill.
    if (marker === 0xff) at++
    else if (isStartOfFrame(marker)) return new DataView(encoded.buffer, encoded.byteOffset + at, 10)
    else at += 2 + view.getUint16(at + 2)
  }
  throw new Error('the codestream has no frame header')
}

/** Whether the codestream ends with an End Of Image marker, which zeros or FF may follow as padding. */
function endsWithEndOfImage(encoded: Uint8Array): boolean {
  let end = encoded.length
  while (encoded[end - 1] === 0 || encoded[end - 1] === 0xff) end--
  return encoded[end - 2] === 0xff && encoded[end - 1] === 0xd9
}
