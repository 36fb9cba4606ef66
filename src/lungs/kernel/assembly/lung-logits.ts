/**
 * The data term's network (one hidden layer of rectified units, one output) for many samples.
 * @param inputs `count * inputsEach` single-precision values
 * @param hiddenWeights `input * hidden + unit`; `hidden` is a multiple of 16
 * @param out `count` logits
 */
export function lungLogits(
  inputs: usize,
  count: i32,
  inputsEach: i32,
  hidden: i32,
  hiddenWeights: usize,
  hiddenBias: usize,
  outputWeights: usize,
  outputBias: f32,
  out: usize,
): void {
  const rowBytes = (<usize>hidden) << 2
  const sampleBytes = (<usize>inputsEach) << 2
  const zero = f32x4.splat(0)
  for (let sample = 0; sample < count; sample++) {
    const from = inputs + <usize>sample * sampleBytes
    let sum = zero
    for (let block: usize = 0; block < rowBytes; block += 64) {
      let a = v128.load(hiddenBias + block)
      let b = v128.load(hiddenBias + block, 16)
      let c = v128.load(hiddenBias + block, 32)
      let d = v128.load(hiddenBias + block, 48)
      let weights = hiddenWeights + block
      for (let k: usize = 0; k < sampleBytes; k += 4) {
        const value = v128.load_splat<f32>(from + k)
        a = f32x4.add(a, f32x4.mul(value, v128.load(weights)))
        b = f32x4.add(b, f32x4.mul(value, v128.load(weights, 16)))
        c = f32x4.add(c, f32x4.mul(value, v128.load(weights, 32)))
        d = f32x4.add(d, f32x4.mul(value, v128.load(weights, 48)))
        weights += rowBytes
      }
      const output = outputWeights + block
      sum = f32x4.add(sum, f32x4.mul(f32x4.max(a, zero), v128.load(output)))
      sum = f32x4.add(sum, f32x4.mul(f32x4.max(b, zero), v128.load(output, 16)))
      sum = f32x4.add(sum, f32x4.mul(f32x4.max(c, zero), v128.load(output, 32)))
      sum = f32x4.add(sum, f32x4.mul(f32x4.max(d, zero), v128.load(output, 48)))
    }
    const first = f32x4.extract_lane(sum, 0) + f32x4.extract_lane(sum, 1)
    const second = f32x4.extract_lane(sum, 2) + f32x4.extract_lane(sum, 3)
    store<f32>(out + ((<usize>sample) << 2), outputBias + first + second)
  }
}
