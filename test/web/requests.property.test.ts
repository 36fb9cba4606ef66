import { expect } from 'chai'
import fc from 'fast-check'
import type { Request, RequestHandler, Response } from 'express'
import { TriageError } from '../../src/errors/triage-error.ts'
import { limitBody, requireHost } from '../../src/web/request-checks.ts'

/** What a check passes on: nothing, or its error. */
function passedOn(check: RequestHandler, request: object): unknown {
  let outcome: unknown = 'not called'
  const response = { set: () => response }
  void check(request as Request, response as unknown as Response, (error?: unknown) => {
    outcome = error
  })
  return outcome
}
const statusOf = (outcome: unknown) => (outcome instanceof TriageError ? outcome.httpStatus : outcome)

/** 64 KiB, as documented. */
const maxBodyBytes = 65_536

describe('a request of any size or host', () => {
  it('is refused with 413 above the limit by its declared length, and passes at the limit or without a length', () => {
    const length = fc.oneof(fc.integer({ min: maxBodyBytes - 2, max: maxBodyBytes + 2 }), fc.nat())
    fc.assert(
      fc.property(length, (bytes) => {
        const outcome = passedOn(limitBody, { headers: { 'content-length': String(bytes) } })
        expect(statusOf(outcome)).to.equal(bytes > maxBodyBytes ? 413 : undefined)
        expect(passedOn(limitBody, { headers: {} })).to.equal(undefined)
      }),
      { numRuns: 200 },
    )
  })

  it('passes with exactly one host and port, and is refused with 400 for a second host or other characters', () => {
    const host = fc.oneof(
      fc.domain(),
      fc.ipV4(),
      fc.ipV6().map((address) => `[${address}]`),
    )
    const port = fc.option(fc.integer({ min: 1, max: 65535 }), { nil: undefined })
    const foreign = fc.constantFrom('/', '@', '?', '#', ' ', '<', '\\', '"', ',', '%', '\r\n', 'ü', ':')
    fc.assert(
      fc.property(host, port, fc.integer({ min: 65536, max: 99999 }), foreign, (name, number, tooHigh, character) => {
        const written = number === undefined ? name : `${name}:${number}`
        const statusFor = (...hosts: readonly string[]) =>
          statusOf(passedOn(requireHost, { headersDistinct: { host: hosts } }))
        expect(statusFor(written), written).to.equal(undefined)
        expect(statusFor(written, written)).to.equal(400)
        expect(statusFor(), 'no value').to.equal(400)
        expect(statusFor(`${name}:${tooHigh}`)).to.equal(400)
        expect(statusFor(`${name}${character}evil`)).to.equal(400)
        expect(statusFor(`${written}${character}`)).to.equal(400)
      }),
      { numRuns: 300 },
    )
  })
})
