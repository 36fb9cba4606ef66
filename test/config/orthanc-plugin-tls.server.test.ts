import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import { type CertificateOnDisk, selfSignedCertificate, signedCertificate } from '../servers/certificates.ts'
import { type PluginOrthanc, startPluginOrthanc } from '../servers/plugin-orthanc.ts'
import { inTempDir, until } from '../service/fixtures.ts'
import { pluginKey, withService } from '../service/service-bench.ts'

async function withPlugin(section: Record<string, unknown>, test: (orthanc: PluginOrthanc) => Promise<void>) {
  const orthanc = await startPluginOrthanc(section)
  try {
    await test(orthanc)
  } finally {
    await orthanc.remove()
  }
}

const page = async (orthanc: PluginOrthanc): Promise<number> => (await orthanc.ask('/lung-triage/index.html')).status

describe('the Orthanc plugin with a service over TLS', function () {
  this.timeout(120_000)

  it('shows the page of the service that it started, even if the certificate names a different host', () =>
    inTempDir(async (dir) => {
      const { CertificateFile, KeyFile } = await signedCertificate(dir, 'own')
      const section = { Autostart: true, Intake: { ChangeFeed: false }, Engine: { Provider: 'cpu' } }
      const Http = { Port: 0, Tls: { CertificateFile, KeyFile } }
      await withPlugin({ ...section, Http }, async (orthanc) => {
        await until(async () => (await page(orthanc)) === 200)
        expect(await orthanc.log()).to.include('the service is ready at https://127.0.0.1:')
      })
    }))

  it('rejects a service whose certificate differs from the configured one until the file is replaced', () =>
    inTempDir(async (dir) => {
      const [own, other] = [await selfSignedCertificate(dir, 'own'), await selfSignedCertificate(dir, 'other')]
      const named: CertificateOnDisk = { CertificateFile: join(dir, 'named.pem'), KeyFile: own.KeyFile }
      await copyFile(other.CertificateFile, named.CertificateFile)
      await withService({ http: { Tls: own } }, async ({ service }) => {
        const Http = { Port: Number(new URL(service.url).port), Tls: named }
        await withPlugin({ Plugin: { Key: pluginKey }, Http }, async (orthanc) => {
          expect(await page(orthanc)).to.equal(503)
          // Replaces the file as a renewal does, without a restart.
          await copyFile(own.CertificateFile, named.CertificateFile)
          expect(await page(orthanc)).to.equal(200)
        })
      })
    }))

  it('trusts a service at Plugin.ServiceUrl only with the authority in Plugin.CaFile', () =>
    inTempDir(async (dir) => {
      const own = await selfSignedCertificate(dir, 'own')
      await withService({ http: { Tls: own } }, async ({ service }) => {
        const Plugin = { Key: pluginKey, ServiceUrl: service.url }
        await withPlugin({ Plugin: { ...Plugin, CaFile: own.CertificateFile } }, async (orthanc) => {
          expect(await page(orthanc)).to.equal(200)
        })
        await withPlugin({ Plugin }, async (orthanc) => {
          expect(await page(orthanc), 'an untrusted authority').to.equal(503)
        })
      })
    }))
})
