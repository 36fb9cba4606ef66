import { type Plane, resizeBilinear, sampleBilinear } from '../../lungs/plane.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import type { Random } from '../random.ts'
import type { AnnotatedFrame } from './annotated-frame.ts'

/** A frame to localise lungs in. `lungs` is undefined where no box may be trusted, whatever it is. */
export interface GateCase {
  readonly kind: string
  readonly frame: SquareFrame
  readonly lungs?: SquareFrame
}

type Maker = (child: AnnotatedFrame, random: Random) => GateCase

const makers: readonly Maker[] = [
  ({ frame, lungs }, random) => {
    const angle = ((random() - 0.5) * 2 * 12 * Math.PI) / 180
    return { kind: 'tilted', frame: turn(frame, angle), lungs: turn(lungs, angle) }
  },
  ({ frame }) => ({ kind: 'inverted', frame: map(frame, (value) => 255 - value) }),
  ({ frame }) => ({ kind: 'upside down', frame: turn(frame, Math.PI) }),
  ({ frame }, random) => ({ kind: 'quarter turn', frame: turn(frame, (random() < 0.5 ? 1 : -1) * (Math.PI / 2)) }),
  ({ frame }, random) => {
    const crop = { x: random() * 0.5, y: random() * 0.5 }
    return { kind: 'cut out', frame: quarter(frame, crop) }
  },
  ({ frame }, random) => ({ kind: 'shuffled', frame: shuffleTiles(frame, random) }),
  ({ frame }, random) => ({ kind: 'noise', frame: map(frame, () => 255 * random()) }),
  ({ frame }, random) => ({ kind: 'blank', frame: blank(frame.side, 255 * random()) }),
  ({ frame }, random) => ({ kind: 'ramp', frame: ramp(frame.side, 2 * Math.PI * random()) }),
  ({ frame }, random) => ({ kind: 'clouds', frame: clouds(frame.side, random) }),
  ({ frame, lungs }, random) => {
    const noisy = map(frame, (value) => Math.min(255, Math.max(0, value + 30 * (random() + random() - 1))))
    return { kind: 'noisy', frame: noisy, lungs }
  },
]

/** The child as it is, and two of the variations and planted failures, taken in turn. */
export function casesOf(child: AnnotatedFrame, index: number, random: Random): GateCase[] {
  const first = makers[(2 * index) % makers.length]!
  const second = makers[(2 * index + 1) % makers.length]!
  return [{ kind: 'as it is', frame: child.frame, lungs: child.lungs }, first(child, random), second(child, random)]
}

function map({ side, samples }: Plane, change: (value: number) => number): Plane {
  return { side, samples: samples.map(change) }
}

/** Turned about the middle; what comes from outside is black. */
function turn({ side, samples }: Plane, angle: number): Plane {
  const turned = new Float32Array(samples.length)
  const middle = (side - 1) / 2
  const cosine = Math.cos(angle)
  const sine = Math.sin(angle)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const fromX = middle + cosine * (x - middle) + sine * (y - middle)
      const fromY = middle - sine * (x - middle) + cosine * (y - middle)
      const inside = fromX > -0.5 && fromY > -0.5 && fromX < side - 0.5 && fromY < side - 0.5
      if (inside) turned[y * side + x] = sampleBilinear(samples, side, fromX, fromY)
    }
  }
  return { side, samples: turned }
}

/** Half the width and height, enlarged to the whole frame: lungs cut off, whatever box is found. `at` in shares of the side. */
function quarter({ side, samples }: Plane, at: { x: number; y: number }): Plane {
  const enlarged = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      enlarged[y * side + x] = sampleBilinear(samples, side, at.x * side + x / 2, at.y * side + y / 2)
    }
  }
  return { side, samples: enlarged }
}

const tilesAcross = 4

function shuffleTiles({ side, samples }: Plane, random: Random): Plane {
  const tile = side / tilesAcross
  const order = Array.from({ length: tilesAcross ** 2 }, (_, index) => ({ index, key: random() }))
    .sort((a, b) => a.key - b.key)
    .map(({ index }) => index)
  const shuffled = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const from = order[Math.floor(y / tile) * tilesAcross + Math.floor(x / tile)]!
      const fromX = (from % tilesAcross) * tile + (x % tile)
      const fromY = Math.floor(from / tilesAcross) * tile + (y % tile)
      shuffled[y * side + x] = samples[fromY * side + fromX]!
    }
  }
  return { side, samples: shuffled }
}

function blank(side: number, value: number): Plane {
  return { side, samples: new Float32Array(side * side).fill(value) }
}

/** From dark to light in one direction. */
function ramp(side: number, angle: number): Plane {
  const samples = new Float32Array(side * side)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const along = (Math.cos(angle) * (x - side / 2) + Math.sin(angle) * (y - side / 2)) / side
      samples[y * side + x] = 127.5 + 127.5 * along
    }
  }
  return { side, samples }
}

/** Smooth random light and dark, of the size of organs. */
function clouds(side: number, random: Random): Plane {
  const coarseSide = 3 + Math.floor(6 * random())
  const coarse = Float32Array.from({ length: coarseSide ** 2 }, () => 255 * random())
  return resizeBilinear({ side: coarseSide, samples: coarse }, side)
}
