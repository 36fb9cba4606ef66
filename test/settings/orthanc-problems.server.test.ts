import { expect } from 'chai'
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { configurationProblems } from '../../src/settings/check-configuration.ts'
import { orthancProblems } from '../../src/settings/probes/orthanc-problems.ts'
import { startStack } from '../../src/demo/stack.ts'
import { type NginxProxy, startNginx } from '../servers/nginx-proxy.ts'
import { type TestOrthanc, withOrthanc } from '../servers/orthanc.ts'
import { until } from '../service/fixtures.ts'

/** `check-config` on the configuration that this Orthanc was started with, and our section in it. */
async function checked(
  { process: { configurationDir, url: ownUrl, username, password } }: TestOrthanc,
  { url, caFile }: Pick<NginxProxy, 'url'> & Partial<NginxProxy> = { url: ownUrl },
): Promise<readonly string[]> {
  const server = { Username: username, Password: password, ...(caFile !== undefined && { CaFile: caFile }) }
  const section = {
    StateDir: 'state',
    Orthanc: { Url: url, ...server },
    DicomWeb: { Url: `${url}/dicom-web`, ...server },
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

    it('reports no problem over HTTPS if CaFile names the authority, and the certificate without it', async () => {
      const nginx = await startNginx(orthanc().process.url)
      const unknown = await checked(orthanc(), { url: nginx.url })
      expect(unknown.join()).to.match(/Orthanc\.Url The certificate of Orthanc .* is not trusted/)
      expect(await checked(orthanc(), nginx)).to.deep.equal([])
      await nginx.stop()
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

describe('the start report', function () {
  this.timeout(60_000)

  it('warns of a setting of Orthanc that prevents delivery, with what to do', async () => {
    const dir = mkdtempSync(join(tmpdir(), 'lung-triage-start-'))
    const stack = await startStack(dir)
    try {
      writeFileSync(
        join(stack.orthanc.configurationDir, 'more.json'),
        '{"IngestTranscoding": "1.2.840.10008.1.2.4.81"}',
      )
      const service = await stack.startService()
      const warned = () =>
        readFileSync(stack.logFile, 'utf8')
          .split('\n')
          .find((line) => line.includes('service.orthanc-unsuitable'))
      await until(() => Promise.resolve(warned() !== undefined))
      expect(warned()).to.match(/"level":"warn".*IngestTranscoding is lossy.*Use a lossless transfer syntax/)
      await service.stop()
    } finally {
      await stack.orthanc.stop('SIGKILL')
      await rm(dir, { recursive: true })
    }
  })
})
