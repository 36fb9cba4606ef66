import { expect } from 'chai'
import { binaryModuleText, compileKernel } from '../compile-kernels.ts'
import { kernelBinary } from '../../src/lungs/kernel/kernel-binary.ts'
import { type Plane, gaussianHalfKernel, smooth } from '../../src/lungs/plane.ts'
import { SiftFlow, type SiftFlowSettings } from '../../src/lungs/sift-flow.ts'
import { warp } from '../../src/lungs/warp.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { referenceSiftFlow } from './reference/sift-flow.ts'
import { prepareImage } from '../../src/lungs/prepared-image.ts'
import { shippedAtlas, transform } from './shipped-atlas.ts'

const side = 48
const settings: SiftFlowSettings = {
  levels: 3,
  smoothness: 80,
  smoothnessLimit: 8000,
  displacementCost: 1,
  mismatchLimit: 2500,
  topWindow: 3,
  topSweeps: 10,
  window: 2,
  sweeps: 8,
  flowSigma: 0.5,
}

function texture(): Plane {
  const random = seededRandom(3)
  const noise = { side, samples: Float32Array.from({ length: side * side }, () => 2000 * (random() - 0.5)) }
  return smooth(noise, gaussianHalfKernel(2))
}

function meanInside(values: Float32Array, margin: number): number {
  let sum = 0
  for (let y = margin; y < side - margin; y++) for (let x = margin; x < side - margin; x++) sum += values[y * side + x]!
  return sum / (side - 2 * margin) ** 2
}

describe('SiftFlow', function () {
  const fixed = texture()
  const siftFlow = new SiftFlow(side, settings)
  const register = (moving: Plane) => {
    siftFlow.setFixed(fixed)
    return siftFlow.register(moving)
  }

  it('finds no displacement between an image and itself', function () {
    const { flow, residual } = register(fixed)
    expect(residual).to.equal(0)
    expect(Math.max(...flow.x.map(Math.abs), ...flow.y.map(Math.abs))).to.equal(0)
  })

  it('finds a displacement of 5 right and 3 up', function () {
    const { flow } = register(transform(fixed, (x, y) => [x - 5, y + 3]))
    expect(meanInside(flow.x, 10)).to.be.closeTo(5, 0.3)
    expect(meanInside(flow.y, 10)).to.be.closeTo(-3, 0.3)
  })

  it('warps a moving image with varying displacement back onto the fixed image', function () {
    const bend = (x: number, y: number): [number, number] => [x + 3 * Math.sin(y / 9), y + 2 * Math.cos(x / 11)]
    const moving = transform(fixed, bend)
    const { flow } = register(moving)
    const difference = (plane: Plane): number =>
      meanInside(
        plane.samples.map((value, i) => Math.abs(value - fixed.samples[i]!)),
        10,
      )
    expect(difference(warp(moving, flow))).to.be.below(0.35 * difference(moving))
  })

  it('gives the same result after other images were registered', function () {
    const moving = transform(fixed, (x, y) => [x - 2, y])
    const before = register(moving)
    register(transform(fixed, (x, y) => [y, x]))
    expect(register(moving)).to.deep.equal(before)
  })

  it('has a lower coarse residual for the better fitting image', function () {
    siftFlow.setFixed(fixed)
    const near = siftFlow.search(siftFlow.describe(transform(fixed, (x, y) => [x - 4, y])))
    const unlike = siftFlow.search(siftFlow.describe(transform(fixed, (x, y) => [y, x])))
    expect(near.residual).to.be.below(0.7 * unlike.residual)
  })
})

describe('the registration kernel', function () {
  this.timeout(60_000)

  it('is compiled from its sources (else: npm run kernel)', async function () {
    expect(binaryModuleText(await compileKernel('lungs'))).to.contain(kernelBinary)
  })

  it('agrees with the readable reference on textures and chests', function () {
    const { prototypes, registration } = shippedAtlas()
    const [one, other] = prototypes.map(({ appearance }) => prepareImage(appearance, registration).smoothed)
    const cases: [Plane, Plane, SiftFlowSettings][] = [
      [texture(), transform(texture(), (x, y) => [x - 3, y + 1]), settings],
      [one!, other!, registration],
    ]
    for (const [fixed, moving, used] of cases) {
      const siftFlow = new SiftFlow(fixed.side, used)
      siftFlow.setFixed(fixed)
      const found = siftFlow.register(moving)
      const expected = referenceSiftFlow(fixed, moving, used)
      expect(found.residual / expected.residual).to.be.closeTo(1, 0.005)
      // Sums are rounded in a different order, which may change a few undecided samples.
      const apart = found.flow.x.map((x, i) =>
        Math.hypot(x - expected.flow.x[i]!, found.flow.y[i]! - expected.flow.y[i]!),
      )
      expect(apart.filter((distance) => distance > 0.1).length).to.be.below(0.01 * apart.length)
    }
  })
})
