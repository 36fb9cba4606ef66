import type { FrameFormat } from './codecs.ts'
import { checkJpeg2000 } from './jpeg2000-codestream.ts'
import { transferSyntax } from '../dicom/transfer-syntax.ts'

/**
 * Checks that a compressed frame is whole and of the size the header claims, before a codec spends memory on it.
 * The codecs do not do this: RLE and JPEG 2000 fill a frame that is too short with zeros, and all of them allocate what the
 * codestream asks for.
 * @returns the bits of a value in the codestream, which may be more than Bits Stored
 * @throws Error that says what does not fit
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
    throw new Error(`${segments} RLE segments for ${format.bitsAllocated} bits`)
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

/** Walks the runs of one PackBits segment; it must give exactly `expected` bytes, but for padding at its end. */
function checkRleSegment(segment: Uint8Array, expected: number): void {
  let decoded = 0
  let at = 0
  while (decoded < expected && at < segment.length) {
    const control = segment[at]!
    // 0–127: that many + 1 literal bytes follow; 129–255: one byte repeated 257 - n times; 128 means nothing.
    if (control < 128) [decoded, at] = [decoded + control + 1, at + control + 2]
    else if (control > 128) [decoded, at] = [decoded + 257 - control, at + 2]
    else at++
  }
  if (decoded !== expected || at > segment.length)
    throw new Error(`an RLE segment gives ${decoded} bytes, not ${expected}`)
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
  // Fewer bits than Bits Stored do occur and are harmless, unless the sign is looked for in a bit that is not there.
  if (precision > format.bitsAllocated || (format.signed && precision < format.bitsStored)) {
    throw new Error(`the codestream has ${precision} bits, the header claims ${format.bitsStored}`)
  }
  if (!endsWithEndOfImage(encoded)) throw new Error('the codestream is cut short')
  return precision
}

/** The first start-of-frame segment, from its marker on. */
function startOfFrame(encoded: Uint8Array): DataView {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  if (encoded.length < 4 || view.getUint16(0) !== 0xffd8) throw new Error('the codestream does not start as JPEG')
  let at = 2
  while (at + 10 <= encoded.length) {
    if (encoded[at] !== 0xff) throw new Error('the codestream is damaged')
    const marker = encoded[at + 1]!
    // FF may fill up before a marker.
    if (marker === 0xff) at++
    else if (isStartOfFrame(marker)) return new DataView(encoded.buffer, encoded.byteOffset + at, 10)
    else at += 2 + view.getUint16(at + 2)
  }
  throw new Error('the codestream has no frame')
}

/** Whether the End Of Image marker stands at the end; padding, by zeros or by FF, may follow it. */
function endsWithEndOfImage(encoded: Uint8Array): boolean {
  let end = encoded.length
  while (end > 2 && (encoded[end - 1] === 0 || encoded[end - 1] === 0xff)) end--
  return encoded[end - 2] === 0xff && encoded[end - 1] === 0xd9
}
