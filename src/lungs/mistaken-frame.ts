import type { SquareFrame } from '../pixels/square-frame.ts'

/** A mistake in how a chest radiograph was stored, and how to undo it. */
interface Mistake {
  readonly reason: string
  readonly undo: (frame: SquareFrame) => SquareFrame
}

/**
 * Tried if the lungs are not found. The image is reported, not corrected: the radiologist sees it as stored, and the
 * cause must be found at its source.
 */
export const mistakes: readonly Mistake[] = [
  {
    reason: 'the gray scale appears inverted (the lungs are located after inverting it)',
    undo: ({ side, samples }) => ({ side, samples: samples.map((value) => 255 - value) }),
  },
  {
    reason: 'the image appears upside down (the lungs are located after rotating it by 180 degrees)',
    undo: (frame) => rearrange(frame, (x, y, last) => [last - x, last - y]),
  },
  {
    reason: 'the image appears rotated (the lungs are located after rotating it by 90 degrees clockwise)',
    undo: (frame) => rearrange(frame, (x, y, last) => [y, last - x]),
  },
  {
    reason: 'the image appears rotated (the lungs are located after rotating it by 90 degrees counter-clockwise)',
    undo: (frame) => rearrange(frame, (x, y, last) => [last - y, x]),
  },
]

/** @param from maps a sample to the sample whose value it takes */
function rearrange(
  { side, samples }: SquareFrame,
  from: (x: number, y: number, last: number) => readonly [number, number],
): SquareFrame {
  const rearranged = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [fromX, fromY] = from(x, y, side - 1)
      rearranged[y * side + x] = samples[fromY * side + fromX]!
    }
  }
  return { side, samples: rearranged }
}
