import { expect } from 'chai'
import { execFile } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { promisify } from 'node:util'
import { trustCertificateAuthorities } from '../../../src/clients/http/certificate-authorities.ts'
import { exchange } from '../../../src/clients/http/exchange.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { failureOf } from '../../servers/failure-of.ts'

describe("a hospital's own certificate authority", () => {
  let dir: string
  const trustedBefore = getCACertificates('default')
  before(async () => {
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-tls-'))
  })
  after(async () => {
    setDefaultCACertificates(trustedBefore)
    await rm(dir, { recursive: true })
  })

  it('is trusted once it is named, and not before (needs openssl)', async function () {
    const key = join(dir, 'key.pem')
    const certificate = join(dir, 'certificate.pem')
    const subject = ['-subj', '/CN=test', '-addext', 'subjectAltName=IP:127.0.0.1', '-days', '1']
    const args = ['req', '-x509', '-newkey', 'rsa:2048', '-nodes', '-keyout', key, '-out', certificate, ...subject]
    if (!(await runs('openssl', args))) this.skip()
    const server = createServer(
      { key: await readFile(key), cert: await readFile(certificate) },
      (_request, response) => {
        response.end('reached')
      },
    )
    server.listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    const credentials = { kind: 'none' } as const
    const service = httpService({ name: 'the archive', url: `https://127.0.0.1:${port}`, credentials })
    const ask = () => exchange(service, { method: 'GET', path: '/', accept: '*/*', effect: 'read', maxBytes: 100 })

    const failure = await failureOf(ask())
    expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_CERTIFICATE_REFUSED', 'permanent'])
    await trustCertificateAuthorities([certificate])
    expect(new TextDecoder().decode(await ask())).to.equal('reached')
    server.closeAllConnections()
    server.close()
  })

  it('is named when its file cannot be used', async () => {
    const absent = join(dir, 'absent.pem')
    expect((await failureOf(trustCertificateAuthorities([absent]))).message).to.contain(absent)
    const empty = join(dir, 'empty.pem')
    await writeFile(empty, 'nothing')
    expect((await failureOf(trustCertificateAuthorities([empty]))).code).to.equal('HTTP_AUTHORITY_UNREADABLE')
  })
})

/** Whether the program is installed; it must succeed then. */
async function runs(program: string, args: readonly string[]): Promise<boolean> {
  try {
    await promisify(execFile)(program, args)
    return true
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return false
    throw error
  }
}
