import { expect } from 'chai'
import { cropChannels } from '../../src/classify/crop.ts'
import { gaussianBlur } from '../../src/classify/gaussian.ts'
import { withGrays } from '../../src/classify/grays.ts'
import { type LungHull, insideOf } from '../../src/classify/lung-hull.ts'
import type { Box } from '../../src/pixels/radiograph.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { exampleManifest } from './example-manifest.ts'

// Readable loops that the pixel kernel must match bit for bit. Both compute in float64 and store float32.

const manifest = exampleManifest()
const random = seededRandom(12)
const outline: LungHull = [
  [0.21, 0.17],
  [0.83, 0.26],
  [0.74, 0.91],
  [0.28, 0.8],
]

function frameOf(side: number) {
  return { side, samples: Float32Array.from({ length: side * side }, () => 255 * random()) }
}

/** `insideOf` for the outline above. */
function insideByLoops(side: number): Float32Array {
  const hard = new Float32Array(side * side)
  for (let row = 0; row < side; row++) {
    const y = (row + 0.5) / side
    const crossings = outline.flatMap(([x1, y1], index) => {
      const [x2, y2] = outline[(index + 1) % outline.length]!
      return y1 > y === y2 > y ? [] : [x1 + ((y - y1) / (y2 - y1)) * (x2 - x1)]
    })
    if (crossings.length === 0) continue
    const [left, right] = [Math.min(...crossings) * side, Math.max(...crossings) * side]
    for (let x = Math.floor(left); x < Math.min(side, Math.ceil(right)); x++)
      hard[row * side + x] = Math.min(x + 1, right) - Math.max(x, left)
  }
  return gaussianBlur(hard, side, 3).map((share) => Math.min(1, 2 * share))
}

function graysByLoops(samples: Float32Array, inside: Float32Array | undefined, filled: boolean, standardised: boolean) {
  const weightOf = (place: number) => inside?.[place] ?? 1
  let [weights, sum, squares] = [0, 0, 0]
  for (const [place, value] of samples.entries()) {
    weights += weightOf(place)
    sum += weightOf(place) * value
    squares += weightOf(place) * value * value
  }
  const mean = sum / weights
  const deviation = Math.max(1, Math.sqrt(Math.max(0, squares / weights - mean * mean)))
  const [centre, gain] = standardised ? [118, 45 / deviation] : [mean, 1]
  return samples.map((value, place) => centre + (filled ? weightOf(place) : 1) * gain * (value - mean))
}

function cropByLoops(samples: Float32Array, side: number, box: Box, width: number, height: number): number[] {
  const at = (start: number, extent: number, count: number, i: number) => {
    const position = Math.min(Math.max(start + ((i + 0.5) * extent) / count - 0.5, 0), side - 1)
    const first = Math.floor(position)
    return { first, second: Math.min(first + 1, side - 1), share: Math.fround(position - first) }
  }
  const planes: number[] = []
  for (const mean of manifest.normalisation.means) {
    for (let y = 0; y < height; y++) {
      const row = at(box.y, box.height, height, y)
      for (let x = 0; x < width; x++) {
        const column = at(box.x, box.width, width, x)
        const between = (line: number) =>
          samples[line * side + column.first]! * (1 - column.share) +
          samples[line * side + column.second]! * column.share
        const value = between(row.first) * (1 - row.share) + between(row.second) * row.share
        planes.push(Math.fround(Math.fround(value) - mean))
      }
    }
  }
  return planes
}

describe("the network's input by the pixel kernel", () => {
  for (const side of [17, 63, 64]) {
    it(`equals plain loops for the inside of the lungs in a frame of ${side}`, () => {
      expect([...insideOf(outline, side)]).to.deep.equal([...insideByLoops(side)])
    })

    it(`equals plain loops for the grays in a frame of ${side}`, () => {
      const frame = frameOf(side)
      for (const lungs of [outline, undefined])
        for (const outsideLungs of ['filled', 'kept'] as const)
          for (const contrast of ['standardised', 'displayed'] as const) {
            if (outsideLungs === 'kept' && contrast === 'displayed') continue
            const spec = { preprocessing: { ...manifest.preprocessing, outsideLungs, contrast } }
            const inside = lungs && insideByLoops(side)
            const expected = graysByLoops(frame.samples, inside, outsideLungs === 'filled', contrast === 'standardised')
            expect([...withGrays(frame, lungs, spec).samples]).to.deep.equal([...expected])
          }
    })

    it(`equals plain loops for the crop in a frame of ${side}`, () => {
      const { samples } = frameOf(side)
      for (const [width, height] of [
        [7, 13],
        [32, 32],
        [65, 31],
      ] as const) {
        const box = { x: 0.13 * side, y: 0.21 * side, width: 0.71 * side, height: 0.64 * side }
        const crop = cropChannels({ side, samples }, box, { ...manifest, inputSize: { width, height } })
        expect([...crop]).to.deep.equal(cropByLoops(samples, side, box, width, height))
      }
    })
  }

  it('does not change its source frame', () => {
    const frame = frameOf(33)
    const before = frame.samples.slice()
    withGrays(frame, outline, {
      preprocessing: { ...manifest.preprocessing, outsideLungs: 'filled', contrast: 'standardised' },
    })
    expect(frame.samples).to.deep.equal(before)
  })
})
