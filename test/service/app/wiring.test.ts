import { once } from 'node:events'
import { copyFile } from 'node:fs/promises'
import { join } from 'node:path'
import { connect } from 'node:tls'
import { expect } from 'chai'
import { settingsSchema } from '../../../src/settings/settings.ts'
import { selfSignedCertificate } from '../../servers/certificates.ts'
import { inTempDir, studyUid, until } from '../fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../service-bench.ts'

const uid = studyUid(1)

/** A configuration that was read again. */
const reading = (over: Readonly<Record<string, unknown>>) => ({
  kind: 'valid' as const,
  settings: settingsSchema.parse({
    DicomWeb: { Url: 'http://127.0.0.1:1/dicom-web' },
    Orthanc: { Url: 'http://127.0.0.1:1' },
    Http: { Port: 0 },
    ...over,
  }),
  orthanc: {},
})

describe('settings of a running service', () => {
  it('show the retention period on the quality page, and a reload changes it', () =>
    withService({ settings: { Retention: { Days: 30 } }, find: () => 0.9 }, async ({ service, feed, store, ask }) => {
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const page = async () => (await ask('/quality')).text()
      expect(await page()).to.include('kept for 30 days')
      await service.reload(reading({ Retention: { Days: 40 } }))
      expect(await page()).to.include('kept for 40 days')
    }))

  it('with a certificate use the new one after a reload, although the settings are the same', () =>
    inTempDir(async (dir) => {
      const Tls = { CertificateFile: join(dir, 'live.pem'), KeyFile: join(dir, 'live.key') }
      const put = async (name: string): Promise<void> => {
        const files = await selfSignedCertificate(dir, name)
        await copyFile(files.CertificateFile, Tls.CertificateFile)
        await copyFile(files.KeyFile, Tls.KeyFile)
      }
      const nameOf = async ({ service }: ServiceBench) => {
        const socket = connect({
          port: Number(new URL(service.url).port),
          host: '127.0.0.1',
          rejectUnauthorized: false,
        })
        await once(socket, 'secureConnect')
        const { subject } = socket.getPeerCertificate()
        socket.destroy()
        return subject.CN
      }
      await put('first')
      await withService({ http: { Tls } }, async (bench) => {
        expect(await nameOf(bench)).to.equal('first')
        await put('second')
        await bench.service.reload(reading({ Http: { Port: 0, Tls } }))
        expect(await nameOf(bench)).to.equal('second')
      })
    }))

  it('name the address where the service listens', () =>
    withService({ http: { Host: '127.0.0.2' } }, async ({ service, ask }) => {
      expect(new URL(service.url).hostname).to.equal('127.0.0.2')
      expect((await ask('/health/live')).status).to.equal(200)
    }))
})

describe('log key of a study', () => {
  it('is the same in the API and in the logs', () =>
    withService({ find: () => 0.9 }, async ({ feed, store, ask, logLines }) => {
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const told = (await (await ask(`/api/studies/${uid}`)).json()) as { logKey: string }
      const lines = logLines.map((line) => JSON.parse(line) as { event: string; study?: string })
      expect(told.logKey).to.equal(lines.find(({ event }) => event === 'study.reported')?.study)
    }))
})
