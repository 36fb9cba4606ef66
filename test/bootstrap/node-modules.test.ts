import { chmod, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { whyStale } from '../../src/bootstrap/node-modules.js'
import { root } from '../../src/bootstrap/project.js'

describe('node_modules', () => {
  const express = { 'node_modules/express': { version: '5.0.0', integrity: 'sha512-a' } }
  const forMac = { 'node_modules/only-mac': { version: '1.0.0', integrity: 'sha512-b', optional: true } }
  let dir: string

  beforeEach(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-bootstrap-'))
    await writeLock('package-lock.json', { '': { version: '0.1.0' }, ...express, ...forMac })
  })

  afterEach(() => rm(dir, { recursive: true }))

  it('of this checkout match the lock file', () => {
    expect(whyStale(root)).to.equal(undefined)
  })

  it('are missing in a fresh clone', () => {
    expect(whyStale(dir)).to.equal('the npm packages are not installed')
  })

  it('match if every package has its locked version, without optional packages of other platforms', async () => {
    await install(express)
    expect(whyStale(dir)).to.equal(undefined)
  })

  it('are stale if a package is missing, has a different version or is no longer locked', async () => {
    await install({})
    expect(whyStale(dir)).to.contain('node_modules/express differs')
    await install({ 'node_modules/express': { version: '4.0.0', integrity: 'sha512-a' } })
    expect(whyStale(dir)).to.contain('node_modules/express differs')
    await install({ ...express, 'node_modules/gone': { version: '1.0.0', integrity: 'sha512-c' } })
    expect(whyStale(dir)).to.contain('node_modules/gone differs')
  })

  it('are stale without the bundled Node', async () => {
    await install(express)
    await rm(join(dir, 'node_modules/.bin/node'))
    expect(whyStale(dir)).to.contain('Node 24 is missing')
  })

  it('are stale after an interrupted installation', async () => {
    await install(express)
    await writeFile(join(dir, 'node_modules/.package-lock.json'), '{"packages": {')
    expect(whyStale(dir)).to.equal('the npm packages are not installed')
  })

  async function install(packages: Record<string, unknown>): Promise<void> {
    await mkdir(join(dir, 'node_modules/.bin'), { recursive: true })
    await writeFile(join(dir, 'node_modules/.bin/node'), '')
    await chmod(join(dir, 'node_modules/.bin/node'), 0o755)
    await writeLock('node_modules/.package-lock.json', packages)
  }

  function writeLock(file: string, packages: Record<string, unknown>): Promise<void> {
    return writeFile(join(dir, file), JSON.stringify({ lockfileVersion: 3, packages }))
  }
})
