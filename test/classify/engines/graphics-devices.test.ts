import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { graphicsDevices } from '../../../src/classify/engines/graphics-devices.ts'
import { inTempDir } from '../../service/fixtures.ts'

const none = { nvidia: false, any: false }
const other = { nvidia: false, any: true }
const nvidia = { nvidia: true, any: true }

describe('the graphics processors of a machine', () => {
  for (const [files, found] of [
    [['null', 'tty0'], none],
    [['nvidia0'], nvidia],
    [['null', 'nvidia12'], nvidia],
    [['dxg'], nvidia],
    // Not the device of a processor.
    [['nvidia', 'nvidiactl', 'nvidia-uvm', 'xnvidia0', 'nvidia0x', 'dxgx', 'xdxg'], none],
    [['dri/renderD128'], other],
    [['dri/card0', 'dri/renderD129'], other],
    [['dri/card0', 'dri/xrenderD128'], none],
    [['dri/renderD128', 'nvidia0'], nvidia],
    [['renderD128'], none],
  ] as const) {
    it(`are found by the device files ${files.join(', ')}`, () =>
      inTempDir(async (dir) => {
        mkdirSync(join(dir, 'dri'))
        for (const file of files) writeFileSync(join(dir, file), '')
        expect(await graphicsDevices('linux', dir)).to.deep.equal(found)
      }))
  }

  it('are none on a Linux machine without such folders, and its other errors are not hidden', () =>
    inTempDir(async (dir) => {
      expect(await graphicsDevices('linux', join(dir, 'missing'))).to.deep.equal(none)
      writeFileSync(join(dir, 'file'), '')
      const outcome = await graphicsDevices('linux', join(dir, 'file')).catch((error: unknown) => error)
      expect(outcome).to.have.property('code', 'ENOTDIR')
    }))

  it('are tried on other systems, CUDA only on Windows', async () => {
    expect(await graphicsDevices('win32', '/missing')).to.deep.equal(nvidia)
    expect(await graphicsDevices('darwin', '/missing')).to.deep.equal(other)
  })
})
