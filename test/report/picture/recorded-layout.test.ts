import { type LungMask, leftLung, rightLung } from '../../../src/lungs/lung-region.ts'
import type { Box } from '../../../src/pixels/radiograph.ts'
import { placed } from '../../../src/report/picture/layout.ts'
import { lungMarks } from '../../../src/report/picture/marks.ts'
import { layOutPicture } from '../../../src/report/picture/picture.ts'
import { type Recorded, expectRecorded } from '../../recording.ts'
import { type AnalysedPrediction, analysed, imagePrediction, predictionOf, previewOf } from '../fixtures.ts'
import { recordedStudies } from '../recorded-studies.ts'
import { dejavuFonts, legible } from './picture-fonts.ts'

const file = (name: string) => new URL(`recordings/${name.replaceAll(' ', '-')}.json`, import.meta.url)

/** The elements of a drawing as lines, with places to a hundredth of a pixel. */
function linesOf(svg: string): readonly string[] {
  return svg
    .replace(/\d+\.\d+(?=[^<>]*>)/g, (number) => String(Number(Number(number).toFixed(2))))
    .replaceAll('><', '>\n<')
    .split('\n')
}

const boxOf = ({ x, y, width, height }: Box): Recorded => ({ x, y, width, height })

const longWords = analysed([
  imagePrediction({
    pneumonia: 0.05,
    flags: [{ code: 'VIEW_UNKNOWN', message: `The description says  ${'صدر 胸部 '.repeat(3)}${'x'.repeat(90)}.` }],
  }),
])

const severalImages = recordedStudies['several images']
const panels: Readonly<Record<string, readonly [AnalysedPrediction, number?]>> = {
  present: [predictionOf.present()],
  absent: [predictionOf.absent()],
  undetermined: [recordedStudies['nothing optional']],
  'first of several images': [severalImages],
  'whole frame of several images': [severalImages, 1],
  'landscape of several images': [severalImages, 2],
  'one other not analysed': [predictionOf['one image analysed, one refused']()],
  'long words': [longWords],
}

describe('the layout of a picture', () => {
  const fonts = legible(dejavuFonts())

  for (const [name, [prediction, number = 0]] of Object.entries(panels)) {
    it(`has every word, bar, line and place as recorded: ${name}`, async () => {
      const image = prediction.images[number]!
      const { width, height, radiograph, panel } = layOutPicture(image, prediction, previewOf(image), fonts)
      const places = { width, height, radiograph: boxOf(radiograph), panel: boxOf(panel.box) }
      await expectRecorded(file(`panel ${name}`), { ...places, drawing: linesOf(panel.draw()) }, 0)
    })
  }

  /** A left lung at the edge of the image. */
  const mask: LungMask = { side: 24, samples: new Uint8Array(24 * 24) }
  for (let y = 3; y < 17; y++) mask.samples.fill(rightLung, 24 * y + 2, 24 * y + 9)
  for (let y = 6; y < 20; y++) mask.samples.fill(leftLung, 24 * y + 14, 24 * y + 24)

  it('marks box and outline of the lungs, or the whole frame, as recorded', async () => {
    const frame = { x: 0, y: 37, width: 874, height: 1024 }
    const source = { width: 512, height: 600 }
    const { lungs } = imagePrediction()
    const found = placed(lungs.box, source, frame)
    const whole = placed({ x: 0, y: 0, ...source }, source, frame)
    const wholeFrame = imagePrediction({ lungs: 'whole-frame' }).lungs
    await expectRecorded(
      file('marks'),
      {
        found: linesOf(lungMarks({ kind: 'found', box: lungs.box, quality: 1, mask }, frame, found)),
        'whole frame': linesOf(lungMarks(wholeFrame, frame, whole)),
        'a box of one pixel': linesOf(lungMarks(wholeFrame, frame, { x: 5, y: 6, width: 1, height: 2 })),
      },
      0,
    )
  })
})
