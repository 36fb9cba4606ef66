import { expect } from 'chai'
import { type ImageSize, areaSums } from '../../src/pixels/area-average.ts'
import { kernelBinary } from '../../src/pixels/kernel/kernel-binary.ts'
import { seededRandom } from '../../src/training/data/random.ts'
import { binaryModuleText, compileKernel } from '../compile-kernels.ts'

/** A readable reference of `areaSums`: for every output sample, sums the covered share of every source sample. */
function reference(samples: Uint16Array, source: ImageSize, out: ImageSize): number[] {
  const share = (index: number, place: number, cell: number) =>
    Math.max(0, Math.min(index + 1, (place + 1) * cell) - Math.max(index, place * cell))
  const [cellX, cellY] = [source.width / out.width, source.height / out.height]
  return Array.from({ length: out.width * out.height }, (_, place) => {
    const [x, y] = [place % out.width, Math.floor(place / out.width)]
    return samples.reduce((sum, sample, index) => {
      const [column, row] = [index % source.width, Math.floor(index / source.width)]
      return sum + sample * share(column, x, cellX) * share(row, y, cellY)
    }, 0)
  })
}

describe('area averaging', function () {
  this.timeout(30_000)

  it('is compiled from its sources (else: npm run kernel)', async () => {
    expect(binaryModuleText(await compileKernel('pixels'))).to.contain(kernelBinary)
  })

  const sizes: readonly (readonly [ImageSize, ImageSize])[] = [
    [
      { width: 1, height: 1 },
      { width: 1, height: 1 },
    ],
    [
      { width: 7, height: 5 },
      { width: 3, height: 2 },
    ],
    [
      { width: 8, height: 8 },
      { width: 8, height: 8 },
    ],
    [
      { width: 17, height: 33 },
      { width: 5, height: 9 },
    ],
    [
      { width: 3, height: 2 },
      { width: 10, height: 7 },
    ],
    [
      { width: 100, height: 3 },
      { width: 1, height: 3 },
    ],
    // Longer rows than any before them: the kernel's memory has to grow.
    [
      { width: 65535, height: 2 },
      { width: 4, height: 1 },
    ],
  ]
  for (const [source, out] of sizes) {
    it(`sums the covered samples from ${source.width} x ${source.height} to ${out.width} x ${out.height}`, () => {
      const random = seededRandom(source.width)
      // Another image first, to prove that nothing of it remains in the buffers.
      const larger = { width: 120, height: 40 }
      areaSums(new Uint16Array(larger.width * larger.height).fill(65535), larger, out, () => undefined)
      const samples = Uint16Array.from({ length: source.width * source.height }, () => Math.floor(65536 * random()))
      const sums: number[] = []
      areaSums(samples, source, out, (row, outY) => {
        expect(outY).to.equal(sums.length / out.width)
        sums.push(...row)
      })
      for (const [index, expected] of reference(samples, source, out).entries())
        expect(sums[index], `sample ${index}`).to.be.closeTo(expected, 1 + expected * 1e-5)
    })
  }
})
