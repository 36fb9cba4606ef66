import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { boxIou } from '../../../src/lungs/lung-box.ts'
import { localise } from '../../../src/lungs/localise.ts'
import { locateLungs } from '../../../src/lungs/locate-lungs.ts'
import { openAtlas } from '../../../src/lungs/lung-localiser.ts'
import { toSquareFrame } from '../../../src/pixels/square-frame.ts'
import { type AnnotatedSource, certainSources, readAnnotated } from '../../../src/training/atlas/annotated-frame.ts'
import { bestPrototypeUnregistered } from '../../../src/training/atlas/baselines.ts'
import { boxIouWithMask, maskDice, summarise, toMask } from '../../../src/training/statistics/overlap.ts'
import { partOf } from '../../../src/training/atlas/parts.ts'
import { readGrayImage } from '../../../src/training/data/read-image.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'
import { sharedChildrenDir as dataDir } from '../shared-children.ts'

const absent = !existsSync(`${dataDir}/kermany.csv`)
const note = absent ? ' (skipped: ../shared/data is absent)' : ''

describe(`the shipped atlas on held-out children${note}`, function () {
  this.timeout(120_000)

  before(function () {
    if (absent) this.skip()
  })

  async function heldOut(): Promise<AnnotatedSource[]> {
    return (await certainSources(dataDir)).filter(({ patient }) => partOf(patient) === 'held-out')
  }

  it('reaches a mean Dice of 0.93 with the drawn lungs, and more than without registration', async function () {
    const sources = (await heldOut()).filter((_, index) => index % 14 === 3)
    expect(sources.length).to.be.above(18)
    const localiser = openAtlas(shippedAtlas())
    const dice: number[] = []
    const iou: number[] = []
    const unregistered: number[] = []
    for (const source of sources) {
      const { frame, lungs } = await readAnnotated(source)
      const truth = toMask(lungs)
      const found = localise(frame, localiser)
      dice.push(found ? maskDice(found.mask, truth) : 0)
      iou.push(boxIouWithMask(found?.bounds, truth))
      unregistered.push(maskDice(bestPrototypeUnregistered(frame, localiser), truth))
    }
    expect(summarise(dice).mean).to.be.above(0.93)
    expect(summarise(iou).mean).to.be.above(0.91)
    expect(summarise(dice).mean).to.be.above(summarise(unregistered).mean + 0.06)
  })

  it('finds the same box on an original and on its 224x224 version', async function () {
    const sources = (await heldOut()).filter((_, index) => index % 30 === 5)
    const localiser = openAtlas(shippedAtlas())
    const overlaps: number[] = []
    for (const { image, file } of sources) {
      const original = toSquareFrame(await readGrayImage(image))
      const small = toSquareFrame(await readGrayImage(`${dataDir}/kermany-224/train/${file}`))
      const source = { width: 1000, height: 1000 }
      overlaps.push(boxIou(locateLungs(original, source, localiser).box, locateLungs(small, source, localiser).box))
    }
    expect(summarise(overlaps).median).to.be.above(0.97)
    expect(summarise(overlaps).mean).to.be.above(0.94)
  })
})
