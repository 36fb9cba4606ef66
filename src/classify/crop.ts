import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { pixelKernel as kernel } from '../pixels/kernel/pixel-kernel.ts'
import type { Box } from '../pixels/radiograph.ts'
import type { SquareFrame } from '../pixels/square-frame.ts'
import type { InputSpec } from './manifest.ts'

/**
 * Resamples a box of a frame to the size of the network's input, bilinearly between sample centres. Because the frame
 * is already low-passed, this also suffices for downscaling.
 * @param box in fractional frame samples
 * @returns one plane per channel, minus the channel's mean
 */
export function cropChannels(
  { side, samples }: SquareFrame,
  box: Box,
  { inputSize: { width, height }, normalisation: { means } }: InputSpec,
): Float32Array<ArrayBuffer> {
  const memory = new KernelMemory(kernel)
  const frame = memory.allocate(samples.byteLength)
  const columns = placeTaps(memory, width)
  const crop = memory.allocate(4 * width * height)
  const plane = memory.allocate(4 * width * height)
  const { buffer } = kernel.memory
  new Float32Array(buffer, frame, samples.length).set(samples)
  const taps = bilinearTaps(box.x, box.width, width, side)
  new Int32Array(buffer, columns.first, width).set(taps.first)
  new Int32Array(buffer, columns.second, width).set(taps.second)
  new Float32Array(buffer, columns.fraction, width).set(taps.fraction)
  const rows = bilinearTaps(box.y, box.height, height, side)
  const { first, second, fraction } = columns
  for (let y = 0; y < height; y++) {
    const [upper, lower] = [frame + 4 * side * rows.first[y]!, frame + 4 * side * rows.second[y]!]
    kernel.bilinearRow(upper, lower, rows.fraction[y]!, first, second, fraction, width, crop + 4 * width * y)
  }
  const input = new Float32Array(means.length * width * height)
  const channel = new Float32Array(buffer, plane, width * height)
  for (const [index, mean] of means.entries()) {
    kernel.subtract(crop, channel.length, mean, plane)
    input.set(channel, index * channel.length)
  }
  return input
}

function placeTaps(memory: KernelMemory, count: number) {
  return { first: memory.allocate(4 * count), second: memory.allocate(4 * count), fraction: memory.allocate(4 * count) }
}

interface BilinearTaps {
  readonly first: Int32Array
  readonly second: Int32Array
  /** Weight of `second`, 0–1. */
  readonly fraction: Float32Array
}

function bilinearTaps(start: number, extent: number, count: number, side: number): BilinearTaps {
  const taps = { first: new Int32Array(count), second: new Int32Array(count), fraction: new Float32Array(count) }
  for (let i = 0; i < count; i++) {
    const position = Math.min(Math.max(start + ((i + 0.5) * extent) / count - 0.5, 0), side - 1)
    taps.first[i] = Math.floor(position)
    taps.second[i] = Math.min(taps.first[i]! + 1, side - 1)
    taps.fraction[i] = position - taps.first[i]!
  }
  return taps
}
