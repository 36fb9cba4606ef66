import { expect } from 'chai'
import { mkdtempSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { configurationProblems } from '../../src/settings/check-configuration.ts'
import { orthancProblems } from '../../src/settings/probes/orthanc-problems.ts'
import { withOrthanc } from '../servers/orthanc.ts'

/** `check-config` on the configuration that this Orthanc was started with, and our section in it. */
async function checked(orthanc: ReturnType<ReturnType<typeof withOrthanc>>): Promise<readonly string[]> {
  const { configurationDir, url, username, password } = orthanc.process
  const login = { Username: username, Password: password }
  const section = {
    StateDir: 'state',
    Orthanc: { Url: url, ...login },
    DicomWeb: { Url: `${url}/dicom-web`, ...login },
  }
  writeFileSync(join(configurationDir, 'lung-triage.json'), JSON.stringify({ LungTriage: section }))
  const problems = await configurationProblems(configurationDir, {}, new Date())
  return problems.map(({ path, message }) => `${path} ${message}`)
}

describe('check-config on the settings of Orthanc itself', () => {
  describe('that suit the service', () => {
    const orthanc = withOrthanc({ IngestTranscoding: '1.2.840.10008.1.2.4.90', LimitFindResults: 0 })

    it('reports no problem', async () => {
      expect(await checked(orthanc())).to.deep.equal([])
    })
  })

  describe('that lose studies or results', () => {
    const orthanc = withOrthanc({ IngestTranscoding: '1.2.840.10008.1.2.4.50', LimitFindResults: 100 })

    it('reports a lossy IngestTranscoding, and LimitFindResults where searches have no further page', async () => {
      const { Version } = await orthanc().client.system()
      const [transcoding, limit, ...others] = await checked(orthanc())
      expect(transcoding).to.match(/^IngestTranscoding is lossy .* Use a lossless transfer syntax/)
      if (Version === '1.12.7') expect(limit).to.equal(undefined)
      else expect(limit).to.match(/^LimitFindResults limits searches in Orthanc 1\.10\.1 to 100 studies/)
      expect(others).to.deep.equal([])
    })
  })

  describe('that let our user only read', () => {
    const filter = join(mkdtempSync(join(tmpdir(), 'lung-triage-filter-')), 'read-only.lua')
    writeFileSync(filter, "function IncomingHttpRequestFilter(method) return method == 'GET' end")
    after(() => rm(dirname(filter), { recursive: true }))
    const orthanc = withOrthanc({ LuaScripts: [filter] })

    it('reports the user', async () => {
      const [problem, ...others] = await checked(orthanc())
      expect(problem).to.match(/^LungTriage\.Orthanc\.Username may only read in Orthanc/)
      expect(others).to.deep.equal([])
    })
  })

  describe('that is down', () => {
    it('reports nothing, because the probe of its address does', async () => {
      const nowhere = {
        name: 'Orthanc',
        url: 'http://127.0.0.1:1',
        credentials: { kind: 'none' },
        timeoutMs: 500,
      } as const
      expect(await orthancProblems(nowhere, { IngestTranscoding: '1.2.840.10008.1.2.4.50' })).to.deep.equal([])
    })
  })
})
