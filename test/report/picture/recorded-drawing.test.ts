import { drawPicture, layOutPicture } from '../../../src/report/picture/picture.ts'
import type { RgbRaster } from '../../../src/report/picture/raster.ts'
import { type Recorded, expectRecorded } from '../../recording.ts'
import { previewOf } from '../fixtures.ts'
import { recordedStudies } from '../recorded-studies.ts'
import { dejavuFonts } from './picture-fonts.ts'

const file = (name: string) => new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)

const [columns, rows] = [16, 12]

/** The mean red, green and blue of each field of a grid: what is seen from afar. */
function mosaic({ width, height, rgb }: RgbRaster): Recorded {
  const sums = new Float64Array(3 * columns * rows)
  const counts = new Float64Array(columns * rows)
  for (let index = 0; index < width * height; index++) {
    const column = Math.floor(((index % width) * columns) / width)
    const field = Math.floor((Math.floor(index / width) * rows) / height) * columns + column
    counts[field]!++
    for (const channel of [0, 1, 2]) sums[3 * field + channel]! += rgb[3 * index + channel]!
  }
  return Array.from({ length: rows }, (_, row) =>
    Array.from({ length: 3 * columns }, (__, place) => {
      const index = 3 * columns * row + place
      return Math.round((10 * sums[index]!) / counts[Math.floor(index / 3)]!) / 10
    }),
  )
}

describe('a drawn picture', () => {
  const fonts = dejavuFonts()
  const prediction = recordedStudies['several images']
  const drawn = async (number: number) => {
    const image = prediction.images[number]!
    const layout = layOutPicture(image, prediction, previewOf(image), fonts)
    return drawPicture(layout, image, previewOf(image), new Uint8Array(3 * layout.width * layout.height))
  }

  for (const [name, number] of [
    ['a portrait radiograph with an activation', 0],
    ['a landscape radiograph', 2],
  ] as const) {
    it(`looks as recorded from afar, to one of 255 levels: ${name}`, async () => {
      await expectRecorded(file(`drawn ${name}`), mosaic(await drawn(number)), 1 / 255, 255)
    })
  }
})
