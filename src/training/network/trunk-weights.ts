import type { NamedTensor, NamedTensors } from '../engine/training-step.ts'
import { foldBatchNorm } from '../onnx/fold-batch-norm.ts'
import type { KerasWeights } from '../onnx/keras-weights.ts'
import { type Random, gaussianDeviate } from '../data/random.ts'
import { convolutionsOf, resNet50Blocks } from './resnet.ts'

/** The convolutional part of a network, below the heads. */
export interface Trunk {
  /** Number of blocks per stage. */
  readonly blocks: readonly number[]
  /** `conv1.kernel`, `conv1.bias`, `res2a_branch2a.kernel` … */
  readonly weights: NamedTensors
}

export function kernelName(convolution: string): string {
  return `${convolution}.kernel`
}

export function biasName(convolution: string): string {
  return `${convolution}.bias`
}

const resNet50Widths = [64, 64, 128, 256, 512]

/**
 * ResNet-50 with ImageNet weights; batch normalisation is folded into the convolutions.
 * @throws TRAINING_WEIGHTS_UNREADABLE
 */
export function imageNetTrunk(keras: KerasWeights): Trunk {
  const weights = new Map<string, NamedTensor>()
  for (const { name } of convolutionsOf(resNet50Blocks, resNet50Widths)) {
    const batchNorm = name === 'conv1' ? 'bn_conv1' : name.replace(/^res/, 'bn')
    const { kernelShape, kernel, bias } = foldBatchNorm(keras, name, batchNorm)
    weights.set(kernelName(name), { shape: kernelShape, values: kernel })
    weights.set(biasName(name), { shape: [bias.length], values: bias })
  }
  return { blocks: resNet50Blocks, weights }
}

/** A small network of the same architecture with random weights, for trial runs. */
export function reducedTrunk(random: Random): Trunk {
  return randomTrunk([1, 1, 1, 1], [8, 4, 8, 16, 32], random)
}

/** ResNet-50 with random weights, to measure the cost of a training step. */
export function untrainedResNet50(random: Random): Trunk {
  return randomTrunk(resNet50Blocks, resNet50Widths, random)
}

/**
 * He initialisation. Without batch normalisation, residual branches must start small (Zhang et al. 2019), so the last
 * convolution of each branch has half the deviation. The stem scales gray values to about 1.
 */
function randomTrunk(blocks: readonly number[], widths: readonly number[], random: Random): Trunk {
  const weights = new Map<string, NamedTensor>()
  for (const { name, kernelShape } of convolutionsOf(blocks, widths)) {
    const [outputs, inputs, height, width] = kernelShape
    const deviation = Math.sqrt(2 / (inputs * height * width)) * gainOf(name)
    const values = Float32Array.from(
      { length: outputs * inputs * height * width },
      () => deviation * gaussianDeviate(random),
    )
    weights.set(kernelName(name), { shape: kernelShape, values })
    weights.set(biasName(name), { shape: [outputs], values: new Float32Array(outputs) })
  }
  return { blocks, weights }
}

function gainOf(convolution: string): number {
  if (convolution === 'conv1') return 1 / 64
  return convolution.endsWith('2c') ? 0.5 : 1
}

/** Number of features of an image: the channels of the trunk's last feature maps. */
export function featuresOf({ blocks, weights }: Trunk): number {
  const lastBlock = `${blocks.length + 1}${String.fromCharCode('a'.charCodeAt(0) + blocks.at(-1)! - 1)}`
  return weights.get(biasName(`res${lastBlock}_branch2c`))!.values.length
}
