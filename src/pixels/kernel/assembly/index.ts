// The inner loops of displaying, reducing and filtering a radiograph, compiled to WebAssembly with vectors (`npm run
// kernel`).

/** Start of the memory that is free for the caller's rows. */
export function freeMemory(): usize {
  return __heap_base
}

/** Marks which of 65536 values occur in a row of bytes, or of words as unsigned 16 bits. */
export function markBytes(row: usize, width: i32, occurs: usize): void {
  for (let x = 0; x < width; x++) store<u8>(occurs + load<u8>(row + x), 1)
}

export function markWords(row: usize, width: i32, occurs: usize): void {
  for (let x = 0; x < width; x++) store<u8>(occurs + load<u16>(row + (x << 1)), 1)
}

/** out[x] = table[row[x]], a table of 65536 words. */
export function lookUpBytes(row: usize, width: i32, table: usize, out: usize): void {
  for (let x = 0; x < width; x++) {
    store<u16>(out + (x << 1), load<u16>(table + ((load<u8>(row + x) as usize) << 1)))
  }
}

export function lookUpWords(row: usize, width: i32, table: usize, out: usize): void {
  for (let x = 0; x < width; x++) {
    store<u16>(out + (x << 1), load<u16>(table + ((load<u16>(row + (x << 1)) as usize) << 1)))
  }
}

/** sums = weight * row; rows of uint16, read and written in steps of eight. */
export function setWeighted(row: usize, width: i32, weight: f32, sums: usize): void {
  const weights = f32x4.splat(weight)
  for (let x = 0; x < width; x += 8) {
    const values = v128.load(row + (x << 1))
    const out = sums + (x << 2)
    v128.store(out, f32x4.mul(weights, lowHalf(values)))
    v128.store(out, f32x4.mul(weights, highHalf(values)), 16)
  }
}

/** sums += weight * row */
export function addWeighted(row: usize, width: i32, weight: f32, sums: usize): void {
  const weights = f32x4.splat(weight)
  for (let x = 0; x < width; x += 8) {
    const values = v128.load(row + (x << 1))
    const out = sums + (x << 2)
    v128.store(out, f32x4.add(v128.load(out), f32x4.mul(weights, lowHalf(values))))
    v128.store(out, f32x4.add(v128.load(out, 16), f32x4.mul(weights, highHalf(values))), 16)
  }
}

/** out[x] = the weighted sum of row[x] to row[x + taps - 1]; a row of float32, read in steps of four. */
export function filterRow(row: usize, width: i32, weights: usize, taps: i32, out: usize): void {
  for (let x = 0; x < width; x += 4) {
    let sum = f32x4.splat(0)
    for (let k = 0; k < taps; k++) {
      sum = f32x4.add(sum, f32x4.mul(v128.load32_splat(weights + (k << 2)), v128.load(row + ((x + k) << 2))))
    }
    v128.store(out + (x << 2), sum)
  }
}

/** Row `y` of a plane whose columns are filtered; beyond its edges, the first and last row are repeated. */
export function filterColumns(
  plane: usize,
  height: i32,
  stride: i32,
  y: i32,
  weights: usize,
  taps: i32,
  out: usize,
): void {
  const radius = taps >> 1
  for (let x = 0; x < stride; x += 4) {
    let sum = f32x4.splat(0)
    for (let k = 0; k < taps; k++) {
      const row = min(max(y + k - radius, 0), height - 1)
      sum = f32x4.add(
        sum,
        f32x4.mul(v128.load32_splat(weights + (k << 2)), v128.load(plane + ((row * stride + x) << 2))),
      )
    }
    v128.store(out + (x << 2), sum)
  }
}

/** Weighted sums of neighbours: output i uses the weights first[i] to first[i + 1] for the inputs from start[i] on. */
export function reduceRow(sums: usize, count: i32, start: usize, first: usize, weights: usize, out: usize): void {
  let k = load<i32>(first)
  for (let i = 0; i < count; i++) {
    const end = load<i32>(first + ((i + 1) << 2))
    let input = sums + (load<i32>(start + (i << 2)) << 2)
    let sum: f32 = 0
    for (; k < end; k++) {
      sum += load<f32>(weights + (k << 2)) * load<f32>(input)
      input += 4
    }
    store<f32>(out + (i << 2), sum)
  }
}

/** Sums of weight, weight * value and weight * value * value over samples of float32, as three float64 at `sums`. */
export function moments(samples: usize, weights: usize, count: i32, sums: usize): void {
  let total: f64 = 0
  let sum: f64 = 0
  let squares: f64 = 0
  for (let i = 0; i < count; i++) {
    const value = f64(load<f32>(samples + (i << 2)))
    const weight = f64(load<f32>(weights + (i << 2)))
    total += weight
    sum += weight * value
    squares += weight * value * value
  }
  store<f64>(sums, total)
  store<f64>(sums, sum, 8)
  store<f64>(sums, squares, 16)
}

/** samples = centre + weight * gain * (samples - mean) */
export function spread(samples: usize, weights: usize, count: i32, mean: f64, gain: f64, centre: f64): void {
  for (let i = 0; i < count; i++) {
    const value = f64(load<f32>(samples + (i << 2)))
    const weight = f64(load<f32>(weights + (i << 2)))
    store<f32>(samples + (i << 2), f32(centre + weight * gain * (value - mean)))
  }
}

/** shares = gain * shares, at most 1; read in steps of four. */
export function amplify(shares: usize, count: i32, gain: f32): void {
  const gains = f32x4.splat(gain)
  const most = f32x4.splat(1)
  for (let i = 0; i < count; i += 4) {
    const address = shares + (i << 2)
    v128.store(address, f32x4.min(most, f32x4.mul(gains, v128.load(address))))
  }
}

/**
 * Between two rows of float32: output x lies `fraction[x]` of the way from the sample first[x] to second[x], and `down`
 * between the rows.
 */
export function bilinearRow(
  upper: usize,
  lower: usize,
  down: f64,
  first: usize,
  second: usize,
  fraction: usize,
  count: i32,
  out: usize,
): void {
  for (let x = 0; x < count; x++) {
    const left = (load<i32>(first + (x << 2)) as usize) << 2
    const right = (load<i32>(second + (x << 2)) as usize) << 2
    const across = f64(load<f32>(fraction + (x << 2)))
    const above = f64(load<f32>(upper + left)) * (1 - across) + f64(load<f32>(upper + right)) * across
    const below = f64(load<f32>(lower + left)) * (1 - across) + f64(load<f32>(lower + right)) * across
    store<f32>(out + (x << 2), f32(above * (1 - down) + below * down))
  }
}

/** out = values - amount */
export function subtract(values: usize, count: i32, amount: f64, out: usize): void {
  for (let i = 0; i < count; i++) store<f32>(out + (i << 2), f32(f64(load<f32>(values + (i << 2))) - amount))
}

function lowHalf(values: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_low_i16x8_u(values))
}

function highHalf(values: v128): v128 {
  return f32x4.convert_i32x4_u(i32x4.extend_high_i16x8_u(values))
}
