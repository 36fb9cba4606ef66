import { type Plane, resizeBilinear } from '../../lungs/plane.ts'
import type { SquareFrame } from '../../pixels/square-frame.ts'
import type { Random } from '../data/random.ts'
import type { AnnotatedFrame } from './annotated-frame.ts'
import { cutOut, inPlace, place, randomPlacement, withGamma } from './frame-transforms.ts'

/** A frame in which to locate lungs. `lungs` is undefined if no box in it may be trusted. */
interface GateCase {
  readonly kind: string
  readonly frame: SquareFrame
  readonly lungs?: SquareFrame
}

type Maker = (child: Pick<AnnotatedFrame, 'frame' | 'lungs'>, random: Random) => GateCase

/** Random placement and gamma, partly beyond the usual range, where localisation often fails. */
const moved: Maker = ({ frame, lungs }, random) => {
  const placement = randomPlacement(random, 0.6 + random())
  const gamma = Math.exp(0.5 * (2 * random() - 1))
  return { kind: 'moved', frame: withGamma(place(frame, placement), gamma), lungs: place(lungs, placement) }
}

const makers: readonly Maker[] = [
  ({ frame }) => ({ kind: 'inverted', frame: map(frame, (value) => 255 - value) }),
  ({ frame }) => ({ kind: 'upside down', frame: place(frame, { ...inPlace, angleDeg: 180 }) }),
  ({ frame }, random) => {
    const angleDeg = random() < 0.5 ? 90 : -90
    return { kind: 'quarter turn', frame: place(frame, { ...inPlace, angleDeg }) }
  },
  ({ frame }, random) => {
    const part = { x: random() * 0.5, y: random() * 0.5, width: 0.5, height: 0.5 }
    return { kind: 'cut out', frame: cutOut(frame, part) }
  },
  ({ frame }, random) => {
    // Half of the chest stretched to the whole frame: like a lateral view, one lung field beside the spine.
    const part = { x: random() < 0.5 ? 0 : 0.5, y: 0, width: 0.5, height: 1 }
    return { kind: 'one side', frame: cutOut(frame, part) }
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

/** The moved radiograph and one further planted case; `index` cycles through the kinds. */
export function plantedCases(
  child: Pick<AnnotatedFrame, 'frame' | 'lungs'>,
  index: number,
  random: Random,
): readonly [GateCase, GateCase] {
  return [moved(child, random), makers[index % makers.length]!(child, random)]
}

function map({ side, samples }: Plane, change: (value: number) => number): Plane {
  return { side, samples: samples.map(change) }
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

/** A linear gray ramp. */
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

/** Smooth random gray patches of about the size of organs. */
function clouds(side: number, random: Random): Plane {
  const coarseSide = 3 + Math.floor(6 * random())
  const coarse = Float32Array.from({ length: coarseSide ** 2 }, () => 255 * random())
  return resizeBilinear({ side: coarseSide, samples: coarse }, side)
}
