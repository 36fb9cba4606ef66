/**
 * SIFT (Lowe 2004) at every sample of a square plane: gradient orientation histograms of 4x4 cells, normalised to
 * length 255, one byte per value. test/lungs/reference/dense-sift.ts is the readable reference that this code is tested
 * against.
 */

const orientations: i32 = 8
const cellsAcross: i32 = 4
export const descriptorBytes: i32 = 128
/** Bytes of one sample's eight orientations, single precision. */
const channelBytes: usize = 32

/**
 * Gradients of this length (gray levels per sample, summed over a cell) count as noise, so flat areas get short
 * descriptors.
 */
const contrastFloor: f32 = 6

/** Directions of the eight orientations, cosine and sine, four to a vector. */
const diagonal: f32 = 0.70710678
const cosine0 = f32x4(1, diagonal, 0, -diagonal)
const sine0 = f32x4(0, diagonal, 1, diagonal)
const cosine4 = f32x4(-1, -diagonal, 0, diagonal)
const sine4 = f32x4(0, -diagonal, -1, -diagonal)

/**
 * @param plane `side * side` single-precision values 0–255
 * @param scratch memory for two planes of eight single-precision channels
 * @param out `side * side * 128` bytes
 */
export function denseSift(plane: usize, side: i32, scratch: usize, out: usize): void {
  const smoothed = scratch + <usize>(side * side) * channelBytes
  weighOrientations(plane, side, scratch)
  smoothAlong(scratch, side, channelBytes, <usize>side * channelBytes, smoothed)
  smoothAlong(smoothed, side, <usize>side * channelBytes, channelBytes, scratch)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) describe(scratch, side, x, y, out + <usize>(y * side + x) * descriptorBytes)
  }
}

/** Central differences, spread over the orientations with weights cos^9 (SIFT flow's soft binning). */
function weighOrientations(plane: usize, side: i32, channels: usize): void {
  const last = side - 1
  for (let y = 0; y < side; y++) {
    const above = max(y - 1, 0) * side
    const below = min(y + 1, last) * side
    for (let x = 0; x < side; x++) {
      const row = y * side
      const right = at(plane, row + min(x + 1, last))
      const left = at(plane, row + max(x - 1, 0))
      const gx: f32 = (right - left) / 2
      const gy: f32 = (at(plane, below + x) - at(plane, above + x)) / 2
      const squares = gx * gx + gy * gy
      const inverse = f32x4.splat(squares > 0 ? 1 / squares : 0)
      const horizontal = f32x4.splat(gx)
      const vertical = f32x4.splat(gy)
      const to = channels + <usize>(row + x) * channelBytes
      v128.store(to, weigh(f32x4.add(f32x4.mul(horizontal, cosine0), f32x4.mul(vertical, sine0)), inverse))
      v128.store(to, weigh(f32x4.add(f32x4.mul(horizontal, cosine4), f32x4.mul(vertical, sine4)), inverse), 16)
    }
  }
}

/** `along * cos^8` if the gradient has a component in that direction; `inverse` is 1 over its squared length. */
function weigh(along: v128, inverse: v128): v128 {
  const forward = f32x4.max(along, f32x4.splat(0))
  const cos2 = f32x4.mul(f32x4.mul(forward, forward), inverse)
  const cos4 = f32x4.mul(cos2, cos2)
  return f32x4.mul(forward, f32x4.mul(cos4, cos4))
}

function at(plane: usize, index: i32): f32 {
  return load<f32>(plane + ((<usize>index) << 2))
}

/**
 * Bilinear weighting of gradients between neighbouring cells (Lowe 2004, section 6.1) along one axis; edges are
 * repeated.
 */
function smoothAlong(from: usize, side: i32, step: usize, line: usize, to: usize): void {
  const last = side - 1
  for (let i = 0; i < side; i++) {
    const start = <usize>i * line
    for (let k = 0; k < side; k++) {
      const middle = start + <usize>k * step
      const back1 = from + start + <usize>max(k - 1, 0) * step
      const back2 = from + start + <usize>max(k - 2, 0) * step
      const next1 = from + start + <usize>min(k + 1, last) * step
      const next2 = from + start + <usize>min(k + 2, last) * step
      for (let half: usize = 0; half < channelBytes; half += 16) {
        const near = f32x4.add(v128.load(back1 + half), v128.load(next1 + half))
        const far = f32x4.add(v128.load(back2 + half), v128.load(next2 + half))
        let sum = f32x4.mul(v128.load(from + middle + half), f32x4.splat(3.0 / 9.0))
        sum = f32x4.add(sum, f32x4.mul(near, f32x4.splat(2.0 / 9.0)))
        sum = f32x4.add(sum, f32x4.mul(far, f32x4.splat(1.0 / 9.0)))
        v128.store(to + middle + half, sum)
      }
    }
  }
}

/** The cells lie 3 samples apart (SIFT flow's reference setting), at offsets -5, -2, 1 and 4. */
function describe(channels: usize, side: i32, x: i32, y: i32, out: usize): void {
  const last = side - 1
  let squares = f32x4.splat(0)
  for (let row = 0; row < cellsAcross; row++) {
    const cellRow = clamp(y + 3 * row - 5, last) * side
    for (let column = 0; column < cellsAcross; column++) {
      const cell = channels + <usize>(cellRow + clamp(x + 3 * column - 5, last)) * channelBytes
      const low = v128.load(cell)
      const high = v128.load(cell, 16)
      squares = f32x4.add(squares, f32x4.add(f32x4.mul(low, low), f32x4.mul(high, high)))
    }
  }
  const scale = f32x4.splat(255 / sqrt<f32>(sumOf(squares) + contrastFloor * contrastFloor))
  let to = out
  for (let row = 0; row < cellsAcross; row++) {
    const cellRow = clamp(y + 3 * row - 5, last) * side
    for (let column = 0; column < cellsAcross; column += 2) {
      const first = channels + <usize>(cellRow + clamp(x + 3 * column - 5, last)) * channelBytes
      const second = channels + <usize>(cellRow + clamp(x + 3 * column - 2, last)) * channelBytes
      v128.store(to, i8x16.narrow_i16x8_u(toWords(first, scale), toWords(second, scale)))
      to += 2 * orientations
    }
  }
}

/** Eight orientations, rounded to integers. */
function toWords(cell: usize, scale: v128): v128 {
  const half = f32x4.splat(0.5)
  const low = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(cell), scale), half))
  const high = i32x4.trunc_sat_f32x4_s(f32x4.add(f32x4.mul(v128.load(cell, 16), scale), half))
  return i16x8.narrow_i32x4_s(low, high)
}

function clamp(value: i32, last: i32): i32 {
  return min(max(value, 0), last)
}

function sumOf(four: v128): f32 {
  return (
    f32x4.extract_lane(four, 0) +
    f32x4.extract_lane(four, 1) +
    f32x4.extract_lane(four, 2) +
    f32x4.extract_lane(four, 3)
  )
}

/** Reduces a field of descriptors to half its side by the mean of four. */
export function halveDescriptors(from: usize, side: i32, out: usize): void {
  const half = side / 2
  const below = <usize>side * descriptorBytes
  for (let y = 0; y < half; y++) {
    for (let x = 0; x < half; x++) {
      const source = from + <usize>(2 * y * side + 2 * x) * descriptorBytes
      const to = out + <usize>(y * half + x) * descriptorBytes
      for (let k: usize = 0; k < <usize>descriptorBytes; k += 16) {
        const a = v128.load(source + k)
        const b = v128.load(source + k, 128)
        const c = v128.load(source + k + below)
        const d = v128.load(source + k + below, 128)
        v128.store(to + k, i8x16.narrow_i16x8_u(meanOfLow(a, b, c, d), meanOfHigh(a, b, c, d)))
      }
    }
  }
}

function meanOfLow(a: v128, b: v128, c: v128, d: v128): v128 {
  const upper = i16x8.add(i16x8.extend_low_i8x16_u(a), i16x8.extend_low_i8x16_u(b))
  const lower = i16x8.add(i16x8.extend_low_i8x16_u(c), i16x8.extend_low_i8x16_u(d))
  return i16x8.shr_u(i16x8.add(upper, lower), 2)
}

function meanOfHigh(a: v128, b: v128, c: v128, d: v128): v128 {
  const upper = i16x8.add(i16x8.extend_high_i8x16_u(a), i16x8.extend_high_i8x16_u(b))
  const lower = i16x8.add(i16x8.extend_high_i8x16_u(c), i16x8.extend_high_i8x16_u(d))
  return i16x8.shr_u(i16x8.add(upper, lower), 2)
}
