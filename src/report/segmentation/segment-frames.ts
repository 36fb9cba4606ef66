import type { LungMask } from '../../lungs/lung-region.ts'
import type { ImageSize } from '../../pixels/area-average.ts'

/**
 * One lung of a mask at the size of its image. The mask is in the square frame, which is the whole image stretched;
 * interpolation smooths its border.
 * @param samples of the frame, row-major; sets those in the lung to 1
 */
export function drawSegment(mask: LungMask, lung: number, { width, height }: ImageSize, samples: Uint8Array): void {
  const [columns, rows] = [placesOf(width, mask.side), placesOf(height, mask.side)]
  const shares = new Float64Array(mask.side)
  // Stryker disable next-line EqualityOperator: a row behind the last has no mask samples, so nothing is drawn
  for (let y = 0; y < height; y++) {
    const [upper, lower] = [rows.before[y]! * mask.side, rows.after[y]! * mask.side]
    const [above, below] = [1 - rows.share[y]!, rows.share[y]!]
    let isEmpty = true
    for (let x = 0; x < mask.side; x++) {
      shares[x] = (mask.samples[upper + x] === lung ? above : 0) + (mask.samples[lower + x] === lung ? below : 0)
      if (shares[x] !== 0) isEmpty = false
    }
    if (!isEmpty) drawRow(shares, columns, samples.subarray(y * width, (y + 1) * width))
  }
}

function drawRow(shares: Float64Array, { before, after, share }: Places, samples: Uint8Array): void {
  for (let x = 0; x < samples.length; x++) {
    const inLung = shares[before[x]!]! * (1 - share[x]!) + shares[after[x]!]! * share[x]!
    if (inLung >= 0.5) samples[x] = 1
  }
}

/** Samples of 0 and 1 as bits. The first is the least significant bit of the first byte (PS3.5 8.1.1). */
export function packBits(samples: Uint8Array): Uint8Array<ArrayBuffer> {
  const bits = new Uint8Array(Math.ceil(samples.length / 8))
  for (let byte = 0; byte < bits.length; byte++) bits[byte] = packByte(samples, 8 * byte)
  return bits
}

function packByte(samples: Uint8Array, first: number): number {
  let byte = 0
  for (let bit = 0; bit < 8; bit++) byte |= (samples[first + bit] ?? 0) << bit
  return byte
}

/** The two mask samples around each pixel's centre, and its position between them. */
interface Places {
  readonly before: Int32Array
  readonly after: Int32Array
  readonly share: Float64Array
}

function placesOf(length: number, side: number): Places {
  const places = { before: new Int32Array(length), after: new Int32Array(length), share: new Float64Array(length) }
  for (let pixel = 0; pixel < length; pixel++) {
    const place = Math.min(Math.max(((pixel + 0.5) * side) / length - 0.5, 0), side - 1)
    places.before[pixel] = Math.floor(place)
    places.after[pixel] = Math.min(places.before[pixel]! + 1, side - 1)
    places.share[pixel] = place - places.before[pixel]!
  }
  return places
}
