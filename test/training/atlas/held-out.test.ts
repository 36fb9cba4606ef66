import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect } from 'chai'
import { localise } from '../../../src/lungs/localise.ts'
import { locateLungs } from '../../../src/lungs/locate-lungs.ts'
import { toSquareFrame } from '../../../src/pixels/square-frame.ts'
import { hasCertainMask, readAnnotated } from '../../../src/training/atlas/annotated-frame.ts'
import { lungBaseline } from '../../../src/training/atlas/baseline.ts'
import { boxIou, boxIouWithMask, maskDice, summarise, toMask } from '../../../src/training/atlas/overlap.ts'
import { type KermanyRow, readKermany } from '../../../src/training/kermany.ts'
import { isValidationPatient } from '../../../src/training/patient-split.ts'
import { readGrayImage } from '../../../src/training/read-image.ts'
import { splitSeed, validationShare } from '../../../src/training/spec.ts'
import { shippedAtlas } from '../../lungs/shipped-atlas.ts'

const dataDir = fileURLToPath(new URL('../../../../shared/data', import.meta.url))
const absent = !existsSync(`${dataDir}/kermany.csv`)
const note = absent ? ' (skipped: ../shared/data is absent)' : ''

describe(`the shipped atlas on children it has not seen${note}`, function () {
  this.timeout(120_000)

  before(function () {
    if (absent) this.skip()
  })

  async function heldOutRows(): Promise<KermanyRow[]> {
    return (await readKermany(dataDir)).filter(
      (row) => hasCertainMask(row) && isValidationPatient(row.patient, splitSeed, validationShare),
    )
  }

  it('finds lungs as people draw them, and better than without registration', async function () {
    const rows = (await heldOutRows()).filter((_, index) => index % 14 === 3)
    expect(rows.length).to.be.above(18)
    const atlas = shippedAtlas()
    const dice: number[] = []
    const iou: number[] = []
    const unregistered: number[] = []
    for (const row of rows.filter(hasCertainMask)) {
      const { frame, lungs } = await readAnnotated(row)
      const truth = toMask(lungs)
      const found = localise(frame, atlas)
      dice.push(found ? maskDice(found.mask, truth) : 0)
      iou.push(boxIouWithMask(found?.bounds, truth))
      unregistered.push(maskDice(lungBaseline(frame, atlas), truth))
    }
    expect(summarise(dice).mean).to.be.above(0.9)
    expect(summarise(iou).mean).to.be.above(0.86)
    expect(summarise(dice).mean).to.be.above(summarise(unregistered).mean + 0.03)
  })

  it('finds the same box on an original and on its 224x224 version', async function () {
    const rows = (await heldOutRows()).filter(hasCertainMask).filter((_, index) => index % 30 === 5)
    const atlas = shippedAtlas()
    const overlaps: number[] = []
    for (const row of rows) {
      const original = toSquareFrame(await readGrayImage(row.original))
      const small = toSquareFrame(await readGrayImage(row.image224))
      const source = { width: 1000, height: 1000 }
      overlaps.push(boxIou(locateLungs(original, source, atlas).box, locateLungs(small, source, atlas).box))
    }
    expect(summarise(overlaps).median).to.be.above(0.97)
    expect(summarise(overlaps).mean).to.be.above(0.94)
  })
})
