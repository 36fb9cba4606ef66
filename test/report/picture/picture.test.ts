import { expect } from 'chai'
import sharp from 'sharp'
import type { ImagePrediction } from '../../../src/classify/prediction.ts'
import type { PictureFonts } from '../../../src/report/picture/fonts.ts'
import { type Preview, toPreview } from '../../../src/pixels/preview.ts'
import { layOutPicture } from '../../../src/report/picture/picture.ts'
import { seededRandom } from '../../../src/training/data/random.ts'
import { type AnalysedPrediction, analysed, imagePrediction, patient, predictionOf, previewOf } from '../fixtures.ts'
import { type DrawnPicture, drawnPicture } from './drawn-picture.ts'
import { dejavuFonts, noting } from './picture-fonts.ts'

/** Small, to be fast; the picture has its full size. */
const portrait = { width: 256, height: 300 }
const landscape = { width: 350, height: 250 }

describe('the picture', () => {
  let fonts: PictureFonts
  before(() => {
    fonts = dejavuFonts()
  })

  /** The first image of a prediction as a picture. */
  const draw = (prediction: AnalysedPrediction, number = 0, preview?: Preview) => {
    const image = prediction.images[number]!
    return drawnPicture(image, prediction, preview ?? previewOf(image), fonts)
  }
  const drawOne = (image: ImagePrediction) => draw(analysed([image]))

  /** The words of the panel. Drawing the pixels would take most of the time. */
  const wordsOf = (prediction: AnalysedPrediction, number = 0) => {
    const noted = noting(fonts)
    const image = prediction.images[number]!
    const picture = layOutPicture(image, prediction, previewOf(image), noted.fonts)
    picture.panel.draw()
    return { picture, lines: noted.lines, text: noted.lines.map(({ text }) => text).join(' ') }
  }

  for (const [name, make] of Object.entries(predictionOf)) {
    const prediction = make()
    if (prediction.kind !== 'analysed') continue
    for (const [number, { decision }] of prediction.images.entries()) {
      it(`states the finding in legible words: ${name}, image ${number + 1}`, () => {
        const { picture, lines, text } = wordsOf(prediction, number)
        expect(text).to.contain('NOT FOR DIAGNOSTIC USE')
        expect(text).to.contain(`Pneumonia: ${decision}`)
        expect(text).to.contain(`${(prediction.images[number]!.probabilities.pneumonia * 100).toFixed(1)} %`)
        expect(text).to.contain('present at or above 62 %').and.to.contain('absent below 27 %')
        expect(text).to.contain('pneumonia-resnet50 0.1.0')
        expect(/bacterial/i.test(text), 'bacterial').to.equal(decision === 'present')
        expect(text.includes('Weak evidence'), 'weak evidence').to.equal(decision === 'present')
        expect(text.includes('Network activation'), 'legend').to.equal(decision === 'present')
        expect(text).to.not.match(/normal|healthy|clear/i)
        for (const secret of [patient.id, 'Nguy', patient.ideographic, '2022']) expect(text).to.not.contain(secret)
        for (const { text: line, sizePx } of lines) expect(sizePx, line).to.be.at.least(picture.height / 45)
      })
    }
  }

  it('states all warnings, disagreement of images, and images not analysed', () => {
    const whole = wordsOf(predictionOf['whole frame with warnings']())
    expect(whole.text).to.contain('The patient is 9 years old').and.to.contain('were not located reliably')
    expect(wordsOf(predictionOf['images that disagree'](), 1).text)
      .to.contain('Image 2 of 2 (PA)')
      .and.to.contain('give different findings')
    expect(wordsOf(predictionOf['one image analysed, one refused']()).text).to.contain('was not analysed')
  })

  it('has no metadata and is the same every time', async () => {
    const picture = await drawOne(imagePrediction(portrait))
    const { width, height, exif, xmp, icc, iptc, comments } = await sharp(picture.jpeg).metadata()
    expect([width, height]).to.deep.equal([picture.width, picture.height])
    expect([exif, xmp, icc, iptc, comments].filter((found) => found !== undefined)).to.deep.equal([])
    expect(await drawOne(imagePrediction(portrait))).to.deep.equal(picture)
  })

  it('is also a JPEG that looks the same and fits into an attachment, even for pure noise', async () => {
    const image = imagePrediction({ ...portrait, pneumonia: 0.05 })
    const random = seededRandom(1)
    const samples = Uint16Array.from({ length: 1024 * 1024 }, () => 65535 * random())
    const noise = toPreview({ width: 1024, height: 1024, samples }, 1024)
    const noisy = await draw(analysed([image]), 0, noise)
    const plain = await sharp(noisy.rgb, { raw: { width: noisy.width, height: noisy.height, channels: 3 } })
      .jpeg({ quality: 90, chromaSubsampling: '4:4:4' })
      .toBuffer()
    expect(plain.toString('base64').length, 'the test is about something').to.be.above(2 ** 20)
    expect(Buffer.from(noisy.jpeg).toString('base64').length).to.be.at.most(2 ** 20)

    const { jpeg, rgb } = await drawOne(image)
    const shown = await sharp(jpeg).raw().toBuffer()
    const differences = shown.reduce((sum, sample, index) => sum + Math.abs(sample - rgb[index]!), 0)
    expect(differences / rgb.length, 'mean difference in gray levels').to.be.below(1)
  })

  for (const [name, size] of Object.entries({ portrait, landscape })) {
    it(`keeps the aspect ratio of a ${name} radiograph, with its long side at 1024`, async () => {
      const image = imagePrediction({ ...size, pneumonia: 0.05 })
      // Left half black, right half white, top quarter gray: the borders show the scale in both directions.
      const samples = Uint16Array.from({ length: size.width * size.height }, (_, index) => {
        if (Math.floor(index / size.width) < size.height / 4) return 32896
        return index % size.width < size.width / 2 ? 0 : 65535
      })
      const preview = toPreview({ ...size, samples }, 1024)
      const picture = await draw(analysed([image]), 0, preview)
      const scale = 1024 / Math.max(size.width, size.height)
      const at = (x: number, y: number) =>
        pixel(picture, Math.round(x * size.width * scale), Math.round(y * size.height * scale))
      expect(at(0.05, 0.2)).to.deep.equal([128, 128, 128])
      expect(at(0.05, 0.3)).to.deep.equal([0, 0, 0])
      expect(at(0.48, 0.9)).to.deep.equal([0, 0, 0])
      expect(at(0.52, 0.9)).to.deep.equal([255, 255, 255])
      expect(at(0.98, 0.98)).to.deep.equal([255, 255, 255])
    })
  }

  it('marks the lung box, or the whole frame with a dashed line', async () => {
    const image = imagePrediction({ ...landscape, pneumonia: 0.05 })
    const picture = await drawOne(image)
    const scale = 1024 / landscape.width
    const { box } = image.lungs
    const [middle, top] = [(box.x + box.width / 2) * scale, box.y * scale]
    expect(isBoxColour(pixel(picture, middle, top + 1))).to.equal(true)
    expect(isBoxColour(pixel(picture, middle, top + 8))).to.equal(false)
    const whole = await drawOne(imagePrediction({ ...landscape, pneumonia: 0.05, lungs: 'whole-frame' }))
    const edge = Array.from({ length: 960 }, (_, x) => isBoxColour(pixel(whole, x + 32, 1)))
    expect(edge.filter(Boolean).length).to.be.within(400, 720)
  })

  it('stretches the outline of the lungs from the square frame to the source', async () => {
    const image = imagePrediction({ ...landscape, pneumonia: 0.05 })
    if (image.lungs.kind !== 'found') throw new Error('the fixture has lungs')
    const empty = { ...image.lungs.mask, samples: image.lungs.mask.samples.map(() => 0) }
    const without = await drawOne({ ...image, lungs: { ...image.lungs, mask: empty } })
    const changed = changedArea(await drawOne(image), without)
    // The drawn lungs extend from 17 % to 83 % of the width and from 17 % to 77 % of the height.
    expect(changed.left / 1024).to.be.closeTo(0.17, 0.015)
    expect(changed.right / 1024).to.be.closeTo(0.83, 0.015)
    expect(changed.top / 731).to.be.closeTo(0.17, 0.015)
    expect(changed.bottom / 731).to.be.closeTo(0.77, 0.015)
  })

  it('shows the activation only inside the box, and only if the finding is present', async () => {
    for (const { pneumonia, shown } of [
      { pneumonia: 0.9, shown: true },
      { pneumonia: 0.4, shown: false },
      { pneumonia: 0.05, shown: false },
    ]) {
      const image = imagePrediction({ ...portrait, pneumonia })
      const cold = { ...image.activation, samples: image.activation.samples.map(() => 0) }
      const [hot, plain] = [await drawOne(image), await drawOne({ ...image, activation: cold })]
      if (!shown) {
        expect(Buffer.compare(hot.rgb, plain.rgb), String(pneumonia)).to.equal(0)
        continue
      }
      const changed = changedArea(hot, plain)
      const { box } = image.lungs
      const scale = 1024 / portrait.height
      expect(changed.left).to.be.at.least(Math.floor(box.x * scale) - 1)
      expect(changed.right).to.be.at.most(Math.ceil((box.x + box.width) * scale) + 1)
      // The fixture's map is hot at (0.2, 0.72) of the box: there it is yellow, and the radiograph shows through.
      const spot = pixel(hot, (box.x + 0.2 * box.width) * scale, (box.y + 0.72 * box.height) * scale)
      expect(spot[0]! - spot[2]!, String(spot)).to.be.above(60)
      const calm = pixel(hot, (box.x + 0.8 * box.width) * scale, (box.y + 0.2 * box.height) * scale)
      expect(calm[0]).to.equal(calm[2])
    }
  })

  it('fits warnings of any length, in any script', () => {
    const message = `The description says ${'صدر 胸部 '.repeat(8)}${'x'.repeat(90)}.`
    const { text, picture } = wordsOf(
      analysed([imagePrediction({ ...portrait, flags: [{ code: 'VIEW_UNKNOWN', message }] })]),
    )
    expect(text.replaceAll(' ', '')).to.contain(message.replaceAll(' ', ''))
    expect(picture.width).to.be.below(2000)
  })
})

function pixel({ rgb, width }: DrawnPicture, x: number, y: number): readonly number[] {
  const start = (Math.round(y) * width + Math.round(x)) * 3
  return [...rgb.subarray(start, start + 3)]
}

function isBoxColour([red = 0, , blue = 0]: readonly number[]): boolean {
  return blue - red > 80
}

/** The bounding box of all pixels in which two pictures differ. */
function changedArea(one: DrawnPicture, other: DrawnPicture) {
  expect([one.width, one.height]).to.deep.equal([other.width, other.height])
  const area = { left: Infinity, right: -Infinity, top: Infinity, bottom: -Infinity }
  for (let index = 0; index < one.rgb.length; index++) {
    if (one.rgb[index] === other.rgb[index]) continue
    const x = Math.floor(index / 3) % one.width
    const y = Math.floor(index / 3 / one.width)
    area.left = Math.min(area.left, x)
    area.right = Math.max(area.right, x)
    area.top = Math.min(area.top, y)
    area.bottom = Math.max(area.bottom, y)
  }
  return area
}
