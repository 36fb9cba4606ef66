import { expect } from 'chai'
import { type Effect, statusFailure, transportFailure } from '../../../src/clients/http/failures.ts'
import type { HttpService } from '../../../src/clients/http/http-service.ts'

const service: HttpService = {
  name: 'the archive',
  url: 'http://archive.test',
  credentials: { kind: 'none' },
  timeoutMs: 5000,
}

const between = (first: number, last: number) => Array.from({ length: last - first + 1 }, (_, i) => first + i)
const allStatuses = between(300, 599)

describe('the failure of an HTTP request', () => {
  const statusesWith = (effect: Effect, code: string) =>
    allStatuses.filter((status) => statusFailure(service, effect, status).code === code)
  const notNow = [408, 425, 429, 503]
  const serverFailures = between(500, 599).filter((status) => ![501, 503].includes(status))

  for (const [effect, effectCodes] of [
    ['read', { HTTP_BUSY: [...notNow, ...serverFailures].sort((a, b) => a - b), HTTP_WRITE_UNCERTAIN: [] }],
    ['write', { HTTP_BUSY: notNow, HTTP_WRITE_UNCERTAIN: serverFailures }],
  ] as const) {
    const codes = {
      ...effectCodes,
      HTTP_UNAUTHORIZED: [401, 403],
      HTTP_NOT_FOUND: [404],
      HTTP_REDIRECTED: between(300, 399),
      HTTP_REFUSED: [...between(400, 499), 501].filter((status) => ![401, 403, 404, ...notNow].includes(status)),
    }
    for (const [code, statuses] of Object.entries(codes)) {
      it(`is ${code} for a ${effect} at exactly its statuses`, () => {
        expect(statusesWith(effect, code)).to.deep.equal(statuses)
      })
    }
  }

  it('is retried only if the request was not processed, or reading again does no harm', () => {
    const classesOf = (effect: Effect, statuses: readonly number[]) =>
      new Set(statuses.map((status) => statusFailure(service, effect, status).failureClass))
    for (const effect of ['read', 'write'] as const) {
      expect(classesOf(effect, notNow)).to.deep.equal(new Set(['transient']))
      expect(classesOf(effect, [...between(300, 407), 409, 424, 426, 428, 430, 501])).to.deep.equal(
        new Set(['permanent']),
      )
    }
    expect(classesOf('read', [500, 502, 504])).to.deep.equal(new Set(['transient']))
    expect(classesOf('write', [500, 502, 504])).to.deep.equal(new Set(['ambiguous']))
  })
})

describe('the failure of a connection', () => {
  const failing = (code: string) => Object.assign(new Error('planted^name'), { code })
  const fetchFailed = (cause: unknown) => new TypeError('fetch failed', { cause })

  for (const code of [
    'CONNECT_TIMEOUT',
    'ECONNREFUSED',
    'ENOTFOUND',
    'EAI_AGAIN',
    'EHOSTUNREACH',
    'EHOSTDOWN',
    'ENETUNREACH',
    'EADDRNOTAVAIL',
    'UND_ERR_CONNECT_TIMEOUT',
  ]) {
    it(`is transient, even for a write, if there was no connection: ${code}`, () => {
      const oneAddress = fetchFailed(failing(code))
      const severalAddresses = fetchFailed(new AggregateError([failing(code), failing('ETIMEDOUT')]))
      for (const thrown of [failing(code), oneAddress, severalAddresses]) {
        const failure = transportFailure(service, 'write', thrown)
        expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_UNREACHABLE', 'transient'])
        expect(failure.message).to.contain(code).and.to.not.contain('planted')
      }
    })
  }

  for (const [title, thrown] of [
    ['reset', fetchFailed(failing('ECONNRESET'))],
    ['closed', fetchFailed(failing('UND_ERR_SOCKET'))],
    ['without an answer in time', new DOMException('The operation timed out.', 'TimeoutError')],
    ['without an answer in time, wrapped', fetchFailed(new DOMException('', 'TimeoutError'))],
  ] as const) {
    it(`is transient for a read and ambiguous for a write if the connection was ${title}`, () => {
      expect(transportFailure(service, 'read', thrown).failureClass).to.equal('transient')
      expect(transportFailure(service, 'write', thrown).failureClass).to.equal('ambiguous')
    })
  }

  for (const code of ['CERT_HAS_EXPIRED', 'DEPTH_ZERO_SELF_SIGNED_CERT', 'UNABLE_TO_VERIFY_LEAF_SIGNATURE']) {
    it(`is permanent if the certificate is not trusted: ${code}`, () => {
      for (const effect of ['read', 'write'] as const) {
        const failure = transportFailure(service, effect, fetchFailed(failing(code)))
        expect([failure.code, failure.failureClass]).to.deep.equal(['HTTP_CERTIFICATE_REFUSED', 'permanent'])
      }
    })
  }
})
