import { mkdir, mkdtemp, readdir, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import { fetchViewer, ohif } from '../../src/demo/ohif.ts'
import { userCacheDir } from '../../src/commands/user-cache.ts'

describe('downloading the OHIF viewer', function () {
  this.timeout(60_000)
  let cache: string

  beforeEach(async () => {
    cache = await mkdtemp(join(tmpdir(), 'lung-triage-ohif-'))
  })

  afterEach(() => rm(cache, { recursive: true }))

  it('reports it as unavailable if npm pack fails, and leaves no files', async () => {
    const nowhere = { package: `file:${join(cache, 'absent.tgz')}`, integrity: ohif.integrity }
    const files = await fetchViewer(cache, () => undefined, nowhere)
    expect(files.kind).to.equal('unavailable')
    expect(await readdir(cache)).to.deep.equal([])
  })

  it('rejects a package whose integrity hash differs', async () => {
    const source = join(cache, 'source')
    await mkdir(join(source, 'dist'), { recursive: true })
    await writeFile(join(source, 'package.json'), '{"name": "not-ohif", "version": "1.0.0"}')
    await writeFile(join(source, 'dist', 'index.html'), 'not OHIF')
    const files = await fetchViewer(cache, () => undefined, { package: `file:${source}`, integrity: ohif.integrity })
    expect(files).to.have.property('reason').that.contains('integrity')
    expect(await readdir(cache)).to.deep.equal(['source'])
  })

  it('uses XDG_CACHE_HOME, or ~/.cache if it is empty or unset', () => {
    expect(userCacheDir({ XDG_CACHE_HOME: '/var/cache/someone' })).to.equal('/var/cache/someone/lung-triage')
    expect(userCacheDir({ XDG_CACHE_HOME: '' })).to.match(/\/\.cache\/lung-triage$/)
    expect(userCacheDir({})).to.match(/\/\.cache\/lung-triage$/)
  })
})
