import { convolution } from '../../../src/training/engine/convolution.ts'
import { binaryCrossEntropy, crossEntropy } from '../../../src/training/engine/losses.ts'
import {
  add,
  dense,
  dropout,
  globalAveragePool,
  maxPool,
  relu,
  scale,
  sigmoid,
} from '../../../src/training/engine/operators.ts'
import { awayFromKinks, expectGradients } from './expect-gradients.ts'

describe('automatic differentiation matches finite differences', () => {
  const convolutions = [
    { title: '1x1', kernel: [5, 4, 1, 1], stride: 1, padding: 0 },
    { title: '1x1, stride 2', kernel: [5, 4, 1, 1], stride: 2, padding: 0 },
    { title: '3x3', kernel: [5, 4, 3, 3], stride: 1, padding: 1 },
    { title: '7x7, stride 2', kernel: [5, 4, 7, 7], stride: 2, padding: 3 },
  ]
  for (const channels of [4, 20]) {
    for (const { title, kernel, stride, padding } of convolutions) {
      it(`for a convolution ${title} of ${channels} channels`, () =>
        expectGradients(
          { image: [2, channels, 9, 8], kernel: [kernel[0]!, channels, kernel[2]!, kernel[3]!], bias: [5] },
          ({ image, kernel, bias }) => convolution(image!, kernel!, bias!, { stride, padding }),
        ))
    }
  }

  it('for ReLU', () => expectGradients({ x: [3, 7] }, ({ x }) => relu(x!), { sample: awayFromKinks() }))

  it('for a sigmoid', () => expectGradients({ x: [3, 7] }, ({ x }) => sigmoid(x!)))

  it('for a value that is used twice', () => expectGradients({ x: [3, 4] }, ({ x }) => add(sigmoid(x!), add(x!, x!))))

  it('for dropout', () =>
    expectGradients({ x: [2, 5] }, ({ x }, tape) =>
      dropout(x!, tape.constant([2, 5], Float32Array.of(1.25, 0, 1.25, 1.25, 0, 0, 1.25, 1.25, 1.25, 0))),
    ))

  it('for a value times a constant', () => expectGradients({ x: [3, 4] }, ({ x }) => scale(x!, -2.5)))

  it('for a dense layer', () =>
    expectGradients({ x: [3, 6], weights: [6, 4], bias: [4] }, ({ x, weights, bias }) => dense(x!, weights!, bias!)))

  it('for max pooling with overlapping windows', () =>
    expectGradients({ image: [1, 2, 7, 6] }, ({ image }) => maxPool(image!), { sample: awayFromKinks() }))

  it('for global average pooling', () =>
    expectGradients({ maps: [2, 3, 4, 5] }, ({ maps }) => globalAveragePool(maps!)))

  it('for cross-entropy with sample weights and soft targets', () =>
    expectGradients({ logits: [3, 3] }, ({ logits }, tape) => {
      const targets = tape.constant([3, 3], Float32Array.of(1, 0, 0, 0.1, 0.8, 0.1, 0, 0.5, 0.5))
      return crossEntropy(logits!, targets, tape.constant([3, 1], Float32Array.of(1, 2, 0.5)))
    }))

  it('for binary cross-entropy with soft targets', () =>
    expectGradients({ logits: [5, 1] }, ({ logits }, tape) =>
      binaryCrossEntropy(logits!, tape.constant([5, 1], Float32Array.of(0, 1, 0.3, 0.5, 0.9))),
    ))
})
