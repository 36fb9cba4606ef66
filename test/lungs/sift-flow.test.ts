import { expect } from 'chai'
import { denseSift, descriptorPyramid } from '../../src/lungs/dense-sift.ts'
import { type Plane, gaussianHalfKernel, smooth } from '../../src/lungs/plane.ts'
import { type SiftFlowSettings, siftFlow } from '../../src/lungs/sift-flow.ts'
import { warp } from '../../src/lungs/warp.ts'
import { seededRandom } from '../../src/training/random.ts'
import { transform } from './shipped-atlas.ts'

const side = 48
const settings: SiftFlowSettings = {
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

function pyramid(plane: Plane): ReturnType<typeof descriptorPyramid> {
  return descriptorPyramid(denseSift(plane), 3)
}

function meanInside(values: Float32Array, margin: number): number {
  let sum = 0
  for (let y = margin; y < side - margin; y++) for (let x = margin; x < side - margin; x++) sum += values[y * side + x]!
  return sum / (side - 2 * margin) ** 2
}

describe('siftFlow', function () {
  const fixed = texture()

  it('finds no displacement between an image and itself', function () {
    const { flow, residual } = siftFlow(pyramid(fixed), pyramid(fixed), settings)
    expect(residual).to.equal(0)
    expect(Math.max(...flow.x.map(Math.abs), ...flow.y.map(Math.abs))).to.equal(0)
  })

  it('finds where the moving image has gone: 5 right, 3 up', function () {
    const moving = transform(fixed, (x, y) => [x - 5, y + 3])
    const { flow } = siftFlow(pyramid(fixed), pyramid(moving), settings)
    expect(meanInside(flow.x, 10)).to.be.closeTo(5, 0.3)
    expect(meanInside(flow.y, 10)).to.be.closeTo(-3, 0.3)
  })

  it('warps a moving image back onto the fixed one, also where the displacement varies', function () {
    const bend = (x: number, y: number): [number, number] => [x + 3 * Math.sin(y / 9), y + 2 * Math.cos(x / 11)]
    const moving = transform(fixed, bend)
    const { flow } = siftFlow(pyramid(fixed), pyramid(moving), settings)
    const difference = (plane: Plane): number =>
      meanInside(
        plane.samples.map((value, i) => Math.abs(value - fixed.samples[i]!)),
        10,
      )
    expect(difference(warp(moving, flow))).to.be.below(0.35 * difference(moving))
  })
})
