import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFile } from 'node:fs/promises'
import { type Server, createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { freePort } from '../../src/demo/free-port.ts'
import { selfSignedCertificate } from '../servers/certificates.ts'
import { inTempDir } from '../service/fixtures.ts'

/** Exit code of the health check on a port. */
async function checked(port: number): Promise<number> {
  const child = spawn(process.execPath, ['src/bootstrap/health-check.js', String(port)], { stdio: 'ignore' })
  const [code] = (await once(child, 'exit')) as [number]
  return code
}

async function checkedServer(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    return await checked((server.address() as AddressInfo).port)
  } finally {
    server.close()
    server.closeAllConnections()
  }
}

const answering = (status: number) => createServer((_request, response) => response.writeHead(status).end())

describe("the containers' health check", () => {
  it('passes if the service answers, and fails if it does not', async () => {
    expect(await checkedServer(answering(200))).to.equal(0)
    expect(await checkedServer(answering(503))).to.equal(1)
    expect(await checked(await freePort())).to.equal(1)
  })

  it('passes if the certificate is for the public host name', () =>
    inTempDir(async (dir) => {
      const { CertificateFile, KeyFile } = await selfSignedCertificate(dir, 'page')
      const [cert, key] = await Promise.all([readFile(CertificateFile), readFile(KeyFile)])
      const server = createTlsServer({ cert, key }, ({ url }, response) =>
        response.writeHead(url === '/health/live' ? 200 : 404).end(),
      )
      expect(await checkedServer(server)).to.equal(0)
    }))
})
