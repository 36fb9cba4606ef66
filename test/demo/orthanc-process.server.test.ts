import { expect } from 'chai'
import { chmod, mkdir, mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { findOrthancPlugin, startOrthanc } from '../../src/demo/orthanc-process.ts'
import { failureOf } from '../servers/failure-of.ts'
import { withOrthanc } from '../servers/orthanc.ts'

describe('Orthanc as a child process', () => {
  const orthanc = withOrthanc({ Name: 'of the tests', LungTriage: { StateDir: 'state' } })

  it('requires the password and uses the given configuration', async () => {
    const { url, dicomWebUrl } = orthanc().process
    expect((await orthanc().client.system()).Name).to.equal('of the tests')
    for (const address of [`${url}/system`, `${dicomWebUrl}/studies`])
      expect((await fetch(address)).status).to.equal(401)
  })

  it('makes its configuration, which holds the password, readable by its owner only', async () => {
    const { configurationDir } = orthanc().process
    for (const path of [configurationDir, join(configurationDir, 'orthanc.json')])
      expect((await stat(path)).mode & 0o077, path).to.equal(0)
  })

  it('reports why Orthanc did not start if the port is in use, without the password', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-orthanc-'))
    const httpPort = Number(new URL(orthanc().process.url).port)
    const failure = await failureOf(startOrthanc({ dir, httpPort, users: { other: 'planted-secret' } }))
    await rm(dir, { recursive: true })
    expect(failure.code).to.equal('DEMO_ORTHANC_DID_NOT_START')
    expect(failure.message).not.to.contain('planted-secret')
  })

  it('leaves no process after stop', async () => {
    const dir = await mkdtemp(join(tmpdir(), 'lung-triage-orthanc-'))
    const other = await startOrthanc({ dir })
    await other.stop()
    await rm(dir, { recursive: true })
    expect(() => process.kill(other.pid, 0)).to.throw('ESRCH')
  })
})

describe('plugins of the first Orthanc on PATH', () => {
  it('come from its own prefix, or else from the system folder', async () => {
    const prefix = await mkdtemp(join(tmpdir(), 'lung-triage-prefix-'))
    const plugins = join(prefix, 'share', 'orthanc', 'plugins')
    const path = process.env['PATH'] ?? ''
    await mkdir(plugins, { recursive: true })
    await mkdir(join(prefix, 'bin'))
    for (const file of [join(prefix, 'bin', 'Orthanc'), join(plugins, 'libOrthancDicomWeb.so')])
      await writeFile(file, '')
    await chmod(join(prefix, 'bin', 'Orthanc'), 0o755)
    try {
      process.env['PATH'] = `${join(prefix, 'bin')}${delimiter}${path}`
      expect(await findOrthancPlugin('libOrthancDicomWeb.so')).to.equal(join(plugins, 'libOrthancDicomWeb.so'))
      expect(await findOrthancPlugin('libOrthancPython.so')).to.match(/^\/usr/)
    } finally {
      process.env['PATH'] = path
      await rm(prefix, { recursive: true })
    }
  })
})
