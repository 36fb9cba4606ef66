import { KernelMemory } from '../pixels/kernel/kernel-memory.ts'
import { type LungKernel, createKernel } from './kernel/lung-kernel.ts'
import { type Plane, gaussianHalfKernel, smooth } from './plane.ts'

/**
 * A dense correspondence: the sample at (x, y) of the fixed image matches (x + flow.x, y + flow.y) of the moving one.
 * Displacements are in samples of a grid of `side` by `side`.
 */
export interface Flow {
  readonly side: number
  readonly x: Float32Array<ArrayBuffer>
  readonly y: Float32Array<ArrayBuffer>
}

/** A flow and its residual: the mean L1 distance of the matched descriptors, 0 if they are equal. */
export interface Registration {
  readonly flow: Flow
  readonly residual: number
}

/** Descriptors of a plane, one byte per value, from the second finest level to the coarsest. */
export type CoarseDescriptors = readonly Uint8Array<ArrayBuffer>[]

/** Displacements found on all levels but the finest, in samples of the second finest. */
interface CoarseMatch {
  readonly x: Int16Array<ArrayBuffer>
  readonly y: Int16Array<ArrayBuffer>
  readonly residual: number
}

/** Weights of the energy on descriptors of length 255 (Liu, Yuen, Torralba 2011) and the effort spent on it. */
export interface SiftFlowSettings {
  /** Levels of the pyramid, at least two; each has half the side of the one below. */
  readonly levels: number
  /** α: cost of a difference of one sample between neighbouring displacements. */
  readonly smoothness: number
  /** d: largest cost of such a difference. */
  readonly smoothnessLimit: number
  /** γ: cost of a displacement of one sample of the finest grid. */
  readonly displacementCost: number
  /** Largest cost of a mismatch of two descriptors. */
  readonly mismatchLimit: number
  readonly topWindow: number
  readonly topSweeps: number
  readonly window: number
  readonly sweeps: number
  /** Gaussian over the displacements found, in samples, because they are integers and the anatomy is continuous. */
  readonly flowSigma: number
}

interface Level {
  readonly side: number
  readonly window: number
  /** Labels of one layer, padded to whole vectors. */
  readonly lanes: number
  readonly sweeps: number
  readonly displacementCost: number
  /** Addresses of the descriptors. */
  readonly fixed: number
  readonly moving: number
}

const descriptorBytes = 128
/** Two planes of eight single-precision channels. */
const siftScratchBytes = 64
const messagePlanes = 10

/**
 * SIFT flow, coarse to fine by dual-layer belief propagation: the coarsest level searches widely, each finer one around
 * twice the previous displacement. The loops run in WebAssembly (kernel/assembly), in memory that is allocated once and
 * reused.
 */
export class SiftFlow {
  readonly #kernel: LungKernel = createKernel()
  readonly #settings: SiftFlowSettings
  /** Finest first. */
  readonly #levels: readonly Level[]
  readonly #plane: number
  readonly #centreX: number
  readonly #centreY: number
  readonly #costs: number
  readonly #room: number
  readonly #bytes: Uint8Array<ArrayBuffer>
  readonly #int16: Int16Array<ArrayBuffer>
  readonly #float32: Float32Array<ArrayBuffer>

  /** @param side of the registered planes; divisible by 2 for each level above the finest */
  constructor(side: number, settings: SiftFlowSettings) {
    const memory = new KernelMemory(this.#kernel)
    const samples = side * side
    this.#settings = settings
    this.#plane = memory.allocate(4 * samples)
    this.#centreX = memory.allocate(2 * samples)
    this.#centreY = memory.allocate(2 * samples)
    this.#levels = Array.from({ length: settings.levels }, (_, level) => createLevel(side, level, settings, memory))
    const most = (bytes: (level: Level) => number): number => Math.max(...this.#levels.map(bytes))
    this.#costs = memory.allocate(most(({ side, window, lanes }) => 4 * side * side * (2 * window + 1) * lanes))
    const messages = most(({ side, lanes }) => 4 * messagePlanes * side * side * lanes)
    this.#room = memory.allocate(Math.max(messages, siftScratchBytes * samples))
    this.#bytes = new Uint8Array(this.#kernel.memory.buffer)
    this.#int16 = new Int16Array(this.#kernel.memory.buffer)
    this.#float32 = new Float32Array(this.#kernel.memory.buffer)
  }

  /** Sets the image that others are registered to. */
  setFixed(plane: Plane): void {
    this.#describe(plane, 'fixed')
  }

  /** Describes a plane on all levels but the finest, for `search`. */
  describe(plane: Plane): CoarseDescriptors {
    this.#describe(plane, 'moving')
    return this.#levels
      .slice(1)
      .map(({ moving, side }) => this.#bytes.slice(moving, moving + descriptorBytes * side * side))
  }

  /** Registers on all levels but the finest: fast, and the residual shows which planes are worth refining. */
  search(moving: CoarseDescriptors): CoarseMatch {
    for (const [index, descriptors] of moving.entries()) this.#bytes.set(descriptors, this.#levels[index + 1]!.moving)
    const top = this.#levels.length - 1
    const topSamples = this.#levels[top]!.side ** 2
    for (const centre of [this.#centreX, this.#centreY]) this.#int16.fill(0, centre / 2, centre / 2 + topSamples)
    for (let level = top; level >= 1; level--) {
      if (level < top) this.#doubleDisplacements(this.#levels[level]!.side)
      this.#match(this.#levels[level]!)
    }
    return { ...this.#displacements(this.#levels[1]!), residual: this.#residual(this.#levels[1]!) }
  }

  /**
   * Refines the result of `search` for the same plane on the finest level. The finest descriptors are three quarters of
   * the data; recomputing them for the few refined planes takes a millisecond and saves a hundred megabytes.
   */
  refine(moving: Plane, { x, y }: CoarseMatch): Registration {
    const finest = this.#levels[0]!
    this.#describeFinest(moving, 'moving')
    this.#int16.set(x, this.#centreX / 2)
    this.#int16.set(y, this.#centreY / 2)
    this.#doubleDisplacements(finest.side)
    this.#match(finest)
    const found = this.#displacements(finest)
    const kernel = gaussianHalfKernel(this.#settings.flowSigma)
    const smoothed = (values: Int16Array) =>
      smooth({ side: finest.side, samples: Float32Array.from(values) }, kernel).samples
    return {
      flow: { side: finest.side, x: smoothed(found.x), y: smoothed(found.y) },
      residual: this.#residual(finest),
    }
  }

  /** `describe`, `search` and `refine` in one. */
  register(moving: Plane): Registration {
    return this.refine(moving, this.search(this.describe(moving)))
  }

  #describe(plane: Plane, slot: 'fixed' | 'moving'): void {
    this.#describeFinest(plane, slot)
    for (let level = 1; level < this.#levels.length; level++) {
      const finer = this.#levels[level - 1]!
      this.#kernel.halveDescriptors(finer[slot], finer.side, this.#levels[level]![slot])
    }
  }

  #describeFinest({ side, samples }: Plane, slot: 'fixed' | 'moving'): void {
    this.#float32.set(samples, this.#plane / 4)
    this.#kernel.denseSift(this.#plane, side, this.#room, this.#levels[0]![slot])
  }

  #match({ side, window, lanes, sweeps, displacementCost, fixed, moving }: Level): void {
    const { smoothness, smoothnessLimit, mismatchLimit } = this.#settings
    const [x, y] = [this.#centreX, this.#centreY]
    this.#kernel.matchingCosts(fixed, moving, side, x, y, window, lanes, mismatchLimit, this.#costs)
    this.#kernel.propagateBeliefs(
      side,
      window,
      lanes,
      x,
      y,
      this.#costs,
      smoothness,
      smoothnessLimit,
      displacementCost,
      sweeps,
      this.#room,
    )
  }

  #residual({ fixed, moving, side }: Level): number {
    return this.#kernel.meanDistance(fixed, moving, side, this.#centreX, this.#centreY)
  }

  #displacements({ side }: Level): { x: Int16Array<ArrayBuffer>; y: Int16Array<ArrayBuffer> } {
    const copy = (address: number) => this.#int16.slice(address / 2, address / 2 + side * side)
    return { x: copy(this.#centreX), y: copy(this.#centreY) }
  }

  /**
   * Expands from half the side to `side` in place, from the last sample on, so that no sample is overwritten before it
   * is read.
   */
  #doubleDisplacements(side: number): void {
    const half = side / 2
    for (const address of [this.#centreX, this.#centreY]) {
      const values = this.#int16.subarray(address / 2, address / 2 + side * side)
      for (let y = side - 1; y >= 0; y--) {
        for (let x = side - 1; x >= 0; x--) values[y * side + x] = 2 * values[(y >> 1) * half + (x >> 1)]!
      }
    }
  }
}

function createLevel(finestSide: number, level: number, settings: SiftFlowSettings, memory: KernelMemory): Level {
  const side = finestSide / 2 ** level
  const isTop = level === settings.levels - 1
  const window = isTop ? settings.topWindow : settings.window
  return {
    side,
    window,
    lanes: Math.ceil((2 * window + 1) / 4) * 4,
    sweeps: isTop ? settings.topSweeps : settings.sweeps,
    displacementCost: settings.displacementCost * 2 ** level,
    fixed: memory.allocate(descriptorBytes * side * side),
    moving: memory.allocate(descriptorBytes * side * side),
  }
}
