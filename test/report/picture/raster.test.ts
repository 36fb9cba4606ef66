import { expect } from 'chai'
import { putGray, putOver } from '../../../src/report/picture/raster.ts'

describe('the layers of a picture', () => {
  const ground = (width: number, height: number) => ({ width, height, rgb: new Uint8Array(3 * width * height) })

  it('blend by their opacity', () => {
    const raster = ground(3, 1)
    raster.rgb.fill(100)
    putOver(
      raster,
      { width: 3, height: 1, rgba: Uint8Array.of(200, 0, 100, 0, 200, 0, 100, 51, 200, 0, 100, 255) },
      { x: 0, y: 0 },
    )
    // A fifth of the way from 100 to 200 and to 0.
    expect([...raster.rgb]).to.deep.equal([100, 100, 100, 120, 80, 100, 200, 0, 100])
  })

  it('change only the pixels at their position', () => {
    const raster = ground(3, 3)
    putGray(raster, { width: 1, height: 2, samples: Uint8Array.of(7, 8) }, { x: 1, y: 1 })
    putOver(raster, { width: 1, height: 1, rgba: Uint8Array.of(1, 2, 3, 255) }, { x: 2, y: 0 })
    const pixels = Array.from({ length: 9 }, (_, index) => [...raster.rgb.subarray(3 * index, 3 * index + 3)])
    const black = [0, 0, 0]
    expect(pixels).to.deep.equal([black, black, [1, 2, 3], black, [7, 7, 7], black, black, [8, 8, 8], black])
  })
})
