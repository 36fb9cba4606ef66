import { type Plane, resizeBilinear, sampleBilinear } from './plane.ts'
import type { Flow } from './sift-flow.ts'

/** Warps a plane of the moving image to the fixed image. The flow's grid may be coarser than the plane's. */
export function warp(plane: Plane, flow: Flow): Plane {
  const { side, samples } = plane
  const scale = side / flow.side
  const alongX = resizeBilinear({ side: flow.side, samples: flow.x }, side).samples
  const alongY = resizeBilinear({ side: flow.side, samples: flow.y }, side).samples
  const warped = new Float32Array(samples.length)
  for (let y = 0; y < side; y++) {
    for (let x = 0; x < side; x++) {
      const i = y * side + x
      warped[i] = sampleBilinear(samples, side, x + scale * alongX[i]!, y + scale * alongY[i]!)
    }
  }
  return { side, samples: warped }
}
