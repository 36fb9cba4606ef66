import type { FrameFormat } from './codecs.ts'

// Markers of ISO 15444-1 Annex A; HTJ2K (ISO 15444-15) keeps them.
const startOfCodestream = 0xff4f
const imageAndTileSize = 0xff51
const startOfTilePart = 0xff90
const endOfCodestream = 0xffd9

/** The signature box at the start of a JP2 file (ISO 15444-1 I.5.1). */
const jp2Signature = 0x6a502020
const codestreamBox = 0x6a703263

/**
 * Extracts the codestream: against PS3.5 A.4.4, some senders put a whole JP2 file into the fragment. Returns anything
 * else unchanged.
 */
export function withoutJp2Boxes(encoded: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  if (encoded.length < 12 || view.getUint32(4) !== jp2Signature) return encoded
  for (let at = 0; at + 8 <= encoded.length;) {
    const length = view.getUint32(at)
    if (view.getUint32(at + 4) === codestreamBox) {
      // 0 means to the end of the file.
      return encoded.subarray(at + 8, length === 0 ? encoded.length : at + length)
    }
    if (length < 8) return encoded
    at += length
  }
  return encoded
}

/**
 * Checks the size and completeness of a JPEG 2000 codestream: every tile must be complete. OpenJPEG leaves missing
 * tiles black without an error.
 * @returns the bits of a value in the codestream
 * @throws Error that names the mismatch
 */
export function checkJpeg2000(encoded: Uint8Array, format: FrameFormat): number {
  const view = new DataView(encoded.buffer, encoded.byteOffset, encoded.byteLength)
  if (encoded.length < 51 || view.getUint16(0) !== startOfCodestream || view.getUint16(2) !== imageAndTileSize) {
    throw new Error('the codestream does not start with the JPEG 2000 marker')
  }
  const { tiles, precision } = checkSize(view, format)
  const seen = walkTileParts(view, firstTilePart(view))
  for (let tile = 0; tile < tiles; tile++) if (!seen.has(tile)) throw new Error(`tile ${tile} of ${tiles} is missing`)
  return precision
}

/** SIZ (A.5.1). */
function checkSize(view: DataView, format: FrameFormat): { tiles: number; precision: number } {
  const [right, bottom, left, top] = [view.getUint32(8), view.getUint32(12), view.getUint32(16), view.getUint32(20)]
  const [tileWidth, tileHeight, tileLeft, tileTop] = [
    view.getUint32(24),
    view.getUint32(28),
    view.getUint32(32),
    view.getUint32(36),
  ]
  const [columns, rows] = [right - left, bottom - top]
  if (rows !== format.rows || columns !== format.columns) {
    throw new Error(`the codestream is ${rows} x ${columns}, the header claims ${format.rows} x ${format.columns}`)
  }
  if (view.getUint16(40) !== 1) throw new Error(`the codestream has ${view.getUint16(40)} components`)
  const precision = (view.getUint8(42) & 0x7f) + 1
  if (precision > format.bitsAllocated) throw new Error(`the codestream has ${precision} bits`)
  if (view.getUint8(43) !== 1 || view.getUint8(44) !== 1) throw new Error('the codestream is subsampled')
  const tiles = Math.ceil((right - tileLeft) / tileWidth) * Math.ceil((bottom - tileTop) / tileHeight)
  // A.4.2 numbers tiles in 16 bits.
  if (!(tiles >= 1 && tiles <= 65535)) throw new Error(`the codestream claims ${tiles} tiles`)
  return { tiles, precision }
}

/** Offset of the first tile-part, after the segments of the main header. */
function firstTilePart(view: DataView): number {
  let at = 2
  while (at + 4 <= view.byteLength) {
    if (view.getUint16(at) === startOfTilePart) return at
    at += 2 + view.getUint16(at + 2)
  }
  throw new Error('the codestream has no tiles')
}

/** Steps through the tile-parts by their lengths (SOT, A.4.2) to the end of the codestream. @returns the tiles found */
function walkTileParts(view: DataView, first: number): ReadonlySet<number> {
  const seen = new Set<number>()
  let at = first
  while (at + 12 <= view.byteLength && view.getUint16(at) === startOfTilePart) {
    const length = view.getUint32(at + 6)
    seen.add(view.getUint16(at + 4))
    // A length of 0 means to the end of the codestream; only the last tile-part may use it.
    at = length === 0 ? lastMarker(view) : at + Math.max(length, 12)
  }
  if (at + 2 > view.byteLength || view.getUint16(at) !== endOfCodestream) throw new Error('the codestream is cut short')
  return seen
}

/** Offset of the last two bytes before any padding to an even length. */
function lastMarker(view: DataView): number {
  const padded = view.getUint8(view.byteLength - 1) !== (endOfCodestream & 0xff)
  return view.byteLength - (padded ? 3 : 2)
}
