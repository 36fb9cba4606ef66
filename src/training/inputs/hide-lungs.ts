import { insideOf } from '../../classify/lung-hull.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import type { ImageLungs } from './image-lungs.ts'

/**
 * How the lungs of an image are hidden. Evaluation measures what a network predicts without seeing the lungs; training
 * teaches it to make no prediction then. `lungs` paints over the human-drawn lungs only, `hull` their convex hull,
 * `box` their box.
 */
export type HiddenLungs = { readonly gray: number } & (
  { readonly what: 'lungs'; readonly maskFile: string } | { readonly what: 'hull' | 'box' }
)

/** Paints the lungs in one gray (0–255). The mask has the frame's side; values above 127 are lung. */
export function paintMask({ side, samples }: SquareFrame, mask: SquareFrame, gray: number): SquareFrame {
  return { side, samples: samples.map((value, index) => (mask.samples[index]! > 127 ? gray : value)) }
}

/** Paints the lungs' convex hull, or their box if no outline is known. */
export function paintHull(frame: SquareFrame, lungs: ImageLungs, gray: number): SquareFrame {
  if (lungs.outline === undefined) return paintBox(frame, lungs, gray)
  const inside = insideOf(lungs.outline, frame.side)
  return {
    side: frame.side,
    samples: frame.samples.map((value, index) => value + inside[index]! * (gray - value)),
  }
}

/** Paints the lungs' box. */
export function paintBox({ side, samples }: SquareFrame, { box }: ImageLungs, gray: number): SquareFrame {
  return {
    side,
    samples: samples.map((value, index) => {
      const x = ((index % side) + 0.5) / side
      const y = (Math.floor(index / side) + 0.5) / side
      const within = x >= box.x && x <= box.x + box.width && y >= box.y && y <= box.y + box.height
      return within ? gray : value
    }),
  }
}
