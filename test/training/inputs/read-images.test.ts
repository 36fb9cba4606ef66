import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, relative } from 'node:path'
import { expect } from 'chai'
import sharp from 'sharp'
import { drawnLungs } from '../../../src/training/inputs/drawn-lungs.ts'
import { readSource, sourceKey } from '../../../src/training/inputs/image-source.ts'

describe('images read for training', function () {
  let dir: string

  before(async function () {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-inputs-'))
  })

  after(async function () {
    await rm(dir, { recursive: true })
  })

  async function save(name: string, width: number, height: number, gray: (x: number, y: number) => number) {
    const pixels = Uint8Array.from({ length: width * height }, (_, i) => gray(i % width, Math.floor(i / width)))
    await sharp(pixels, { raw: { width, height, channels: 1 } })
      .png()
      .toFile(join(dir, name))
    return join(dir, name)
  }

  it('have the box and the hull of the drawn lungs, where the mask is brighter than half', async function () {
    // 127 is darker than half of 255, 128 is brighter.
    const file = await save('mask.png', 16, 16, (x, y) => (x >= 4 && x < 12 && y >= 2 && y < 6 ? 128 : 127))
    const lungs = await drawnLungs(file)
    expect(lungs!.box).to.deep.equal({ x: 0.25, y: 0.125, width: 0.5, height: 0.25 })
    const [columns, rows] = [0, 1].map((axis) => lungs!.outline!.map((point) => point[axis]!))
    expect(Math.min(...columns!)).to.be.closeTo(0.25, 1 / 16)
    expect(Math.max(...rows!)).to.be.closeTo(0.375, 1 / 16)
  })

  it('have no drawn lungs if the mask is empty', async function () {
    expect(await drawnLungs(await save('empty.png', 16, 16, () => 100))).to.equal(undefined)
  })

  it('are unchanged, or resized to a long side with their aspect ratio', async function () {
    const file = await save('ramp.png', 40, 20, (x) => 6 * x)
    const whole = await readSource({ file })
    expect([whole.width, whole.height, whole.samples[21]]).to.deep.equal([40, 20, 6 * 21 * 257])
    const enlarged = await readSource({ file, longSide: 100 })
    expect([enlarged.width, enlarged.height]).to.deep.equal([100, 50])
    // Column 50 of 100 lies at column 19.7 of 40.
    expect(enlarged.samples[25 * 100 + 50]! / 257).to.be.closeTo(6 * 19.7, 1.5)
    const tall = await save('tall.png', 20, 40, () => 9)
    const { width, height } = await readSource({ file: tall, longSide: 10 })
    expect([width, height]).to.deep.equal([5, 10])
  })

  it('are cached by absolute path and long side', function () {
    const file = join(dir, 'ramp.png')
    expect(sourceKey({ file: relative('.', file) })).to.equal(file)
    expect(sourceKey({ file, longSide: 100 })).to.equal(`${file}@100`)
  })
})
