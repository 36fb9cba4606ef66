import { type Plane, sampleBilinear } from '../../lungs/plane.ts'
import type { Random } from '../data/random.ts'

/** Rotation, then a scale for each axis, about the middle of the frame; then a shift. */
interface Placement {
  /** Clockwise, in degrees. */
  readonly angleDeg: number
  readonly scaleX: number
  readonly scaleY: number
  /** In samples. */
  readonly shiftX: number
  readonly shiftY: number
}

export const inPlace: Placement = { angleDeg: 0, scaleX: 1, scaleY: 1, shiftX: 0, shiftY: 0 }

/**
 * Random rotation, scale and shift, as they occur in children's radiographs.
 * @param share scales the range of all three
 */
export function randomPlacement(random: Random, share = 1): Placement {
  const either = (): number => share * (2 * random() - 1)
  return {
    angleDeg: 15 * either(),
    scaleX: 1 + 0.13 * either(),
    scaleY: 1 + 0.13 * either(),
    shiftX: 12 * either(),
    shiftY: 12 * either(),
  }
}

/** Applies a placement to the plane; samples from outside it are black. */
export function place(plane: Plane, { angleDeg, scaleX, scaleY, shiftX, shiftY }: Placement): Plane {
  const middle = (plane.side - 1) / 2
  const angle = (angleDeg * Math.PI) / 180
  const cosine = Math.cos(angle)
  const sine = Math.sin(angle)
  return resample(plane, (x, y) => {
    const fromX = (x - middle - shiftX) / scaleX
    const fromY = (y - middle - shiftY) / scaleY
    return [middle + cosine * fromX + sine * fromY, middle - sine * fromX + cosine * fromY]
  })
}

/** Enlarges a part of the plane to the whole frame; `part` is in shares of the side. */
export function cutOut(
  plane: Plane,
  part: { readonly x: number; readonly y: number; readonly width: number; readonly height: number },
): Plane {
  const { side } = plane
  return resample(plane, (x, y) => [
    part.x * side + (x + 0.5) * part.width - 0.5,
    part.y * side + (y + 0.5) * part.height - 0.5,
  ])
}

/** Changes the exposure: gamma on values 0–255. */
export function withGamma({ side, samples }: Plane, gamma: number): Plane {
  return { side, samples: samples.map((value) => 255 * (Math.max(value, 0) / 255) ** gamma) }
}

function resample({ side, samples }: Plane, from: (x: number, y: number) => readonly [number, number]): Plane {
  const resampled = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const [fromX, fromY] = from(x, y)
      const inside = fromX > -0.5 && fromY > -0.5 && fromX < side - 0.5 && fromY < side - 0.5
      if (inside) resampled[y * side + x] = sampleBilinear(samples, side, fromX, fromY)
    }
  }
  return { side, samples: resampled }
}
