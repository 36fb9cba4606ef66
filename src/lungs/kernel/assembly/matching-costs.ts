import { descriptorBytes } from './dense-sift'

/** Cost of padding, above that of any real label. */
export const never: f32 = 1e9

/**
 * Truncated L1 distance of each sample's descriptor to those in its window of the moving image: rows of labelY, each of
 * `lanes` labelX, padded with `never` beyond the labels.
 * @param centreX, centreY middle of each sample's window, 16-bit
 * @param limit largest cost of a mismatch, and the cost of a position outside the moving image
 */
export function matchingCosts(
  fixed: usize,
  moving: usize,
  side: i32,
  centreX: usize,
  centreY: usize,
  window: i32,
  lanes: i32,
  limit: f32,
  out: usize,
): void {
  let to = out
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      const own = fixed + <usize>(sample * descriptorBytes)
      const middleX = x + <i32>load<i16>(centreX + ((<usize>sample) << 1))
      const middleY = y + <i32>load<i16>(centreY + ((<usize>sample) << 1))
      for (let atY = middleY - window; atY <= middleY + window; atY++) {
        for (let lane = 0; lane < lanes; lane++) {
          const atX = middleX - window + lane
          let cost = limit
          if (lane > 2 * window) cost = never
          else if (<u32>atX < <u32>side && <u32>atY < <u32>side) {
            cost = min(limit, distance(own, moving + <usize>((atY * side + atX) * descriptorBytes)))
          }
          store<f32>(to, cost)
          to += 4
        }
      }
    }
  }
}

/** Mean L1 distance of matched descriptors, without truncation; a match outside counts as the nearest edge. */
export function meanDistance(fixed: usize, moving: usize, side: i32, flowX: usize, flowY: usize): f32 {
  const last = side - 1
  let sum: f64 = 0
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const sample = y * side + x
      const atX = min(max(x + <i32>load<i16>(flowX + ((<usize>sample) << 1)), 0), last)
      const atY = min(max(y + <i32>load<i16>(flowY + ((<usize>sample) << 1)), 0), last)
      const other = moving + <usize>((atY * side + atX) * descriptorBytes)
      sum += distance(fixed + <usize>(sample * descriptorBytes), other)
    }
  }
  return <f32>(sum / <f64>(side * side))
}

/** L1 distance of two descriptors. */
function distance(a: usize, b: usize): f32 {
  let sums = absoluteDifferences(a, b)
  sums = i16x8.add(sums, absoluteDifferences(a + 16, b + 16))
  sums = i16x8.add(sums, absoluteDifferences(a + 32, b + 32))
  sums = i16x8.add(sums, absoluteDifferences(a + 48, b + 48))
  sums = i16x8.add(sums, absoluteDifferences(a + 64, b + 64))
  sums = i16x8.add(sums, absoluteDifferences(a + 80, b + 80))
  sums = i16x8.add(sums, absoluteDifferences(a + 96, b + 96))
  sums = i16x8.add(sums, absoluteDifferences(a + 112, b + 112))
  const four = i32x4.extadd_pairwise_i16x8_u(sums)
  const total =
    i32x4.extract_lane(four, 0) +
    i32x4.extract_lane(four, 1) +
    i32x4.extract_lane(four, 2) +
    i32x4.extract_lane(four, 3)
  return <f32>total
}

/** Sixteen bytes' absolute differences, added in pairs. */
function absoluteDifferences(a: usize, b: usize): v128 {
  const left = v128.load(a)
  const right = v128.load(b)
  return i16x8.extadd_pairwise_i8x16_u(v128.or(i8x16.sub_sat_u(left, right), i8x16.sub_sat_u(right, left)))
}
