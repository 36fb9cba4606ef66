import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { copyFile } from 'node:fs/promises'
import type { IncomingMessage } from 'node:http'
import { get } from 'node:https'
import { join } from 'node:path'
import { expect } from 'chai'
import { configurationProblems } from '../../src/settings/check-configuration.ts'
import { openPageServer } from '../../src/web/page-server.ts'
import { createLog } from '../../src/log.ts'
import { signedCertificate, selfSignedCertificate, hostName } from '../servers/certificates.ts'
import { commandInProcess } from '../commands/command-in-process.ts'
import { failureOf } from '../servers/failure-of.ts'
import { inTempDir, realClock, studyUid } from '../service/fixtures.ts'
import { type ServiceBench, token, withService } from '../service/service-bench.ts'

/** Sends a GET like a browser that trusts this authority, with the host name of the certificate. */
async function browse(url: string, caFile: string): Promise<IncomingMessage> {
  const [response] = (await once(
    get(url, { ca: readFileSync(caFile), servername: hostName, agent: false }),
    'response',
  )) as [IncomingMessage]
  return response.resume()
}

/** Arguments that cancel a study of the running service. */
function cancelWith(section: object, dir: string): readonly string[] {
  const file = join(dir, 'orthanc.json')
  const nowhere = { Url: 'http://127.0.0.1:9' }
  writeFileSync(file, JSON.stringify({ LungTriage: { DicomWeb: nowhere, Orthanc: nowhere, Http: section } }))
  return ['cancel', '--study', studyUid(1), '--orthanc-config', file]
}

/** The standard error of a command in a process of its own. */
function standardErrorOf(args: readonly string[]): Promise<string> {
  return new Promise((resolve) => {
    execFile(process.execPath, ['src/cli.ts', ...args], (_error, _stdout, stderr) => {
      resolve(stderr)
    })
  })
}

const portOf = ({ service }: ServiceBench) => Number(new URL(service.url).port)

describe('the status page over TLS', function () {
  this.timeout(60_000)

  it('has an https sign-in link, a Secure cookie and the HSTS header, and no plain HTTP', () =>
    inTempDir(async (dir) => {
      const { caFile, ...files } = await signedCertificate(dir, 'own')
      const http = { Tls: { ...files, HstsDays: 30 } }
      await withService({ http }, async ({ service }) => {
        expect(service.loginUrl).to.match(/^https:\/\/127\.0\.0\.1:\d+\/login\?code=/)
        const signedIn = await browse(service.loginUrl, caFile)
        expect(signedIn.statusCode).to.equal(303)
        expect(signedIn.headers['set-cookie']?.[0]).to.include('; Secure')
        expect(signedIn.headers['strict-transport-security']).to.equal('max-age=2592000')
        const plain = await fetch(service.url.replace('https:', 'http:')).catch(() => 'nothing')
        expect(plain, 'without TLS').to.equal('nothing')
      })
    }))

  it('sends no HSTS header by default', () =>
    inTempDir(async (dir) => {
      const { caFile, ...files } = await signedCertificate(dir, 'own')
      await withService({ http: { Tls: files } }, async ({ service }) => {
        const answer = await browse(`${service.url}/health/live`, caFile)
        expect(answer.statusCode).to.equal(200)
        expect(answer.headers).to.not.have.property('strict-transport-security')
      })
    }))

  it('is called by commands that trust only the certificate of the settings', () =>
    inTempDir(async (dir) => {
      const { caFile, ...own } = await signedCertificate(dir, 'own')
      const other = await selfSignedCertificate(dir, 'other')
      await withService({ http: { Tls: own } }, async (bench) => {
        const section = { Port: portOf(bench), Token: token }
        const unknown = await standardErrorOf(cancelWith({ ...section, Tls: own }, dir))
        expect(unknown, 'the service refused an unknown study').to.include('COMMAND_SERVICE_REFUSED')
        for (const wrong of [other, { ...other, CertificateFile: caFile }]) {
          const stranger = await commandInProcess(...cancelWith({ ...section, Tls: wrong }, dir))
          expect(stranger.code).to.equal(1)
          expect(stranger.stderr).to.include('COMMAND_CERTIFICATE_DIFFERS')
        }
        const withoutFile = { ...section, Tls: { ...own, CertificateFile: 'absent.pem' } }
        const absent = await commandInProcess(...cancelWith(withoutFile, dir))
        expect(absent.stderr).to.include('COMMAND_CERTIFICATE_MISSING').and.include(join(dir, 'absent.pem'))
      })
    }))

  it('loads a renewed certificate, and keeps the current one if the new one cannot be used', () =>
    inTempDir(async (dir) => {
      const [first, second] = [await signedCertificate(dir, 'first'), await signedCertificate(dir, 'second')]
      const tls = { CertificateFile: join(dir, 'live.pem'), KeyFile: join(dir, 'live.key') }
      const put = async (files: typeof tls): Promise<void> => {
        await copyFile(files.CertificateFile, tls.CertificateFile)
        await copyFile(files.KeyFile, tls.KeyFile)
      }
      await put(first)
      const log = createLog({ level: 'silent', studyKey: (uid) => uid })
      const app = (_request: unknown, response: { end: () => void }): void => {
        response.end()
      }
      const options = { host: '127.0.0.1', port: 0, tls, clock: realClock, log }
      const server = await openPageServer(app, options)
      try {
        await put({ ...second, KeyFile: first.KeyFile })
        await server.renewCertificate()
        expect((await browse(server.url, first.caFile)).statusCode).to.equal(200)
        await put(second)
        await server.renewCertificate()
        expect((await browse(server.url, second.caFile)).statusCode).to.equal(200)
      } finally {
        await server.close()
      }
    }))

  it('does not start with an unusable certificate or key, and check-config reports the same problem', () =>
    inTempDir(async (dir) => {
      const own = await selfSignedCertificate(dir, 'own')
      const other = await selfSignedCertificate(dir, 'other')
      const empty = join(dir, 'empty.pem')
      writeFileSync(empty, 'nothing')
      const wrong: readonly (readonly [string, typeof own])[] = [
        ['SERVICE_CERTIFICATE_KEY_DIFFERS', { ...own, KeyFile: other.KeyFile }],
        ['SERVICE_CERTIFICATE_UNREADABLE', { ...own, KeyFile: join(dir, 'absent.key') }],
        ['SERVICE_CERTIFICATE_UNREADABLE', { ...own, CertificateFile: empty }],
        ['SERVICE_CERTIFICATE_UNREADABLE', { ...own, KeyFile: own.CertificateFile }],
      ]
      for (const [code, Tls] of wrong) {
        const failure = await failureOf(withService({ http: { Tls } }, () => Promise.resolve()))
        expect(failure.code, failure.message).to.equal(code)
        expect(await problemOf(dir, Tls, new Date())).to.equal(failure.message)
      }
      expect(await problemOf(dir, own, new Date())).to.equal(undefined)
      expect(await problemOf(dir, own, new Date('2100-01-01')))
        .to.include('expired at')
        .and.include('own.pem')
    }))

  it('logs an expired certificate and keeps serving', () =>
    inTempDir(async (dir) => {
      const { caFile, ...files } = await signedCertificate(dir, 'own')
      const clock = { ...realClock, now: () => new Date('2100-01-01') }
      await withService({ http: { Tls: files }, clock }, async ({ service, logLines }) => {
        expect(logLines.join('')).to.include('"service.certificate-expired"').and.include('SERVICE_CERTIFICATE_EXPIRED')
        expect((await browse(`${service.url}/health/live`, caFile)).statusCode).to.equal(200)
      })
    }))
})

/** The problem that check-config reports for `Http.Tls`. */
async function problemOf(dir: string, Tls: object, now: Date): Promise<string | undefined> {
  const file = join(dir, 'checked.json')
  const nowhere = { Url: 'http://127.0.0.1:9' }
  writeFileSync(file, JSON.stringify({ LungTriage: { DicomWeb: nowhere, Orthanc: nowhere, Http: { Tls } } }))
  const problems = await configurationProblems(file, {}, now)
  return problems.find(({ path }) => path === 'LungTriage.Http.Tls')?.message
}
