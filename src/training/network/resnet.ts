/** Blocks per stage of ResNet-50 (He et al. 2016, table 1). Keras numbers stages from 2 and blocks from `a`. */
export const resNet50Blocks = [3, 4, 6, 3] as const

export interface ConvolutionPlan {
  readonly stride: number
  /** Zeros on each side. */
  readonly padding: number
}

/** The layers that a network is built from. Serving graphs and training tapes implement them. */
export interface Layers<Value> {
  /** A convolution with bias. Its weights are looked up by name. */
  convolution(name: string, input: Value, plan: ConvolutionPlan): Value
  relu(input: Value): Value
  /** 3x3, stride 2. */
  maxPool(input: Value): Value
  add(one: Value, other: Value): Value
}

/**
 * A residual network of bottleneck blocks up to its last feature maps, in the original (v1) layout: the stride of a
 * stage is in its first 1x1 convolution and in the shortcut. Batch normalisation is folded into the convolutions.
 * @param image [N, 3, S, S], channels blue, green, red minus the ImageNet means
 * @param blocks number of blocks per stage; `resNet50Blocks`, or fewer for small networks
 * @returns feature maps of side S/32, all >= 0
 */
export function resNet<Value>(layers: Layers<Value>, image: Value, blocks: readonly number[]): Value {
  const stem = layers.relu(layers.convolution('conv1', image, { stride: 2, padding: 3 }))
  // The stem's output is >= 0, so the -infinity padding of ONNX and the zero padding of Keras give the same maxima.
  let maps = layers.maxPool(stem)
  for (const block of blocksOf(blocks)) maps = bottleneck(layers, block, maps)
  return maps
}

interface Block {
  /** Stage and block, for example `3a`. */
  readonly name: string
  readonly first: boolean
  readonly stride: number
}

function blocksOf(blocks: readonly number[]): Block[] {
  return blocks.flatMap((count, stage) =>
    Array.from({ length: count }, (_, index) => ({
      name: `${stage + 2}${String.fromCharCode('a'.charCodeAt(0) + index)}`,
      first: index === 0,
      stride: index === 0 && stage > 0 ? 2 : 1,
    })),
  )
}

/**
 * A bottleneck block (He et al. 2016, figure 5). The first block of a stage changes the number of channels and, except
 * in stage 2, the size.
 */
function bottleneck<Value>(layers: Layers<Value>, { name, first, stride }: Block, input: Value): Value {
  const branch = (part: string) => `res${name}_branch${part}`
  const a = layers.relu(layers.convolution(branch('2a'), input, { stride, padding: 0 }))
  const b = layers.relu(layers.convolution(branch('2b'), a, { stride: 1, padding: 1 }))
  const c = layers.convolution(branch('2c'), b, { stride: 1, padding: 0 })
  const shortcut = first ? layers.convolution(branch('1'), input, { stride, padding: 0 }) : input
  return layers.relu(layers.add(c, shortcut))
}

/** A convolution of the network: its name and its kernel's shape [out, in, height, width]. */
interface ConvolutionShape {
  readonly name: string
  readonly kernelShape: readonly [number, number, number, number]
}

/**
 * All convolutions of a network.
 * @param widths channels of the stem and of the 3x3 convolutions of each stage; a stage outputs four times its width
 */
export function convolutionsOf(blocks: readonly number[], [stem, ...widths]: readonly number[]): ConvolutionShape[] {
  let inputs = stem!
  const shapes: ConvolutionShape[] = [{ name: 'conv1', kernelShape: [stem!, 3, 7, 7] }]
  for (const { name, first } of blocksOf(blocks)) {
    const width = widths[Number(name[0]) - 2]!
    const add = (part: string, outputs: number, from: number, size: number) =>
      shapes.push({ name: `res${name}_branch${part}`, kernelShape: [outputs, from, size, size] })
    add('2a', width, inputs, 1)
    add('2b', width, width, 3)
    add('2c', 4 * width, width, 1)
    if (first) add('1', 4 * width, inputs, 1)
    inputs = 4 * width
  }
  return shapes
}
