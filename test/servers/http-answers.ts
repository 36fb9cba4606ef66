import { once } from 'node:events'
import { type IncomingMessage, type ServerResponse, createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { type HttpService, httpService } from '../../src/clients/http/http-service.ts'

/** Runs a test with a small HTTP server in place of an archive. */
export async function withAnswers(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
  test: (archive: HttpService) => Promise<void>,
): Promise<void> {
  const server = createServer((request, response) => void answer(request, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  try {
    await test(httpService({ name: 'the archive', url, credentials: { kind: 'none' } }))
  } finally {
    server.close()
    server.closeAllConnections()
  }
}
