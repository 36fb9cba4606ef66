import type { KerasTensor } from '../../src/training/onnx/keras-weights.ts'
import { gaussianDeviate, seededRandom } from '../../src/training/data/random.ts'

/** A prime number: no kernel has a multiple of it as size, so kernels of a layer differ. */
const deviates = 65_521

/** Random ResNet-50 weights with the names and shapes of Keras (He et al. 2016, table 1). */
export function syntheticKerasWeights(seed: number): Map<string, KerasTensor> {
  const random = seededRandom(seed)
  // 25 million deviates would take seconds.
  const pool = Float64Array.from({ length: deviates }, () => gaussianDeviate(random))
  let next = 0
  const deviate = () => pool[next++ % deviates]!
  const weights = new Map<string, KerasTensor>()
  const add = (name: string, shape: number[], value: () => number) => {
    const values = new Float32Array(shape.reduce((product, size) => product * size, 1))
    for (let i = 0; i < values.length; i++) values[i] = value()
    weights.set(name, { shape, values })
  }
  const convolution = (name: string, batchNorm: string, side: number, inputs: number, outputs: number) => {
    const deviation = Math.sqrt(2 / (side * side * inputs))
    add(`${name}/kernel`, [side, side, inputs, outputs], () => deviation * deviate())
    add(`${name}/bias`, [outputs], () => 0)
    add(`${batchNorm}/gamma`, [outputs], () => 0.5)
    add(`${batchNorm}/beta`, [outputs], () => 0.1 * deviate())
    add(`${batchNorm}/moving_mean`, [outputs], () => 0)
    add(`${batchNorm}/moving_variance`, [outputs], () => 1)
  }
  convolution('conv1', 'bn_conv1', 7, 3, 64)
  let inputs = 64
  for (const [index, blocks] of ['abc', 'abcd', 'abcdef', 'abc'].entries()) {
    const middle = 64 * 2 ** index
    for (const letter of blocks) {
      const block = `${index + 2}${letter}`
      if (letter === 'a') convolution(`res${block}_branch1`, `bn${block}_branch1`, 1, inputs, 4 * middle)
      convolution(`res${block}_branch2a`, `bn${block}_branch2a`, 1, inputs, middle)
      convolution(`res${block}_branch2b`, `bn${block}_branch2b`, 3, middle, middle)
      convolution(`res${block}_branch2c`, `bn${block}_branch2c`, 1, middle, 4 * middle)
      inputs = 4 * middle
    }
  }
  return weights
}
