import { expect } from 'chai'
import { once } from 'node:events'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { getCACertificates, setDefaultCACertificates } from 'node:tls'
import { trustCertificateAuthorities } from '../../../src/clients/http/certificate-authorities.ts'
import { exchange } from '../../../src/clients/http/exchange.ts'
import { httpService } from '../../../src/clients/http/http-service.ts'
import { selfSignedCertificate } from '../../servers/certificates.ts'
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

  it('is trusted only after it is configured', async () => {
    const { CertificateFile, KeyFile } = await selfSignedCertificate(dir, 'archive')
    const server = createServer(
      { key: await readFile(KeyFile), cert: await readFile(CertificateFile) },
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
    await trustCertificateAuthorities([CertificateFile])
    expect(new TextDecoder().decode(await ask())).to.equal('reached')
    server.closeAllConnections()
    server.close()
  })

  it('is named in the error if its file cannot be used', async () => {
    const absent = join(dir, 'absent.pem')
    expect((await failureOf(trustCertificateAuthorities([absent]))).message).to.contain(absent)
    const empty = join(dir, 'empty.pem')
    await writeFile(empty, 'nothing')
    expect((await failureOf(trustCertificateAuthorities([empty]))).code).to.equal('HTTP_AUTHORITY_UNREADABLE')
  })
})
