import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { expect } from 'chai'
import { statusFailure } from '../../src/clients/http/failures.ts'
import { ServiceClient } from '../../src/commands/service/service-client.ts'
import { type TriageError, isRetried } from '../../src/errors/triage-error.ts'

describe('client of the running service', () => {
  it('retries exactly the statuses that every other client retries', async () => {
    let status = 0
    const server = createServer((_request, response) => response.writeHead(status).end('{}')).listen(0, '127.0.0.1')
    await once(server, 'listening')
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    const service = {
      name: 'the service',
      url,
      credentials: { kind: 'none' },
      timeoutMs: 5000,
      certificate: undefined,
    } as const
    const client = new ServiceClient(service)
    try {
      for (status = 300; status < 600; status++) {
        const failure = (await client.cancel('1.2').catch((error: unknown) => error)) as TriageError
        const expected = statusFailure(service, 'read', status)
        expect([status, failure.code]).to.deep.equal([
          status,
          isRetried(expected.failureClass) ? 'COMMAND_SERVICE_BUSY' : 'COMMAND_SERVICE_REFUSED',
        ])
      }
    } finally {
      server.closeAllConnections()
      server.close()
    }
  })
})
