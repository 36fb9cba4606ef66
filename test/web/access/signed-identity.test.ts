import { expect } from 'chai'
import { type SignedFields, signatureHeaders, signedHeaders } from '../../../src/clients/http/request-signature.ts'
import { type IdentifiedRequest, SignedIdentity } from '../../../src/web/access/signed-identity.ts'
import { freeClock, setClock } from '../../service/fixtures.ts'

const key = 'a key of the tests'

describe('signed identity', () => {
  const bench = () => {
    const clock = setClock()
    const fields: SignedFields = {
      method: 'POST',
      path: '/api/studies/1.2/retry?x=1',
      actor: 'orthanc:dr.m%C3%BCller',
      time: String(clock.now().getTime()),
      nonce: 'once',
    }
    return { clock, fields, identity: new SignedIdentity(key, clock) }
  }
  const request = (fields: SignedFields, headers = signedHeaders(key, fields)): IdentifiedRequest => ({
    method: fields.method,
    originalUrl: fields.path,
    headers,
  })

  it('gives the user of Orthanc or the plugin', () => {
    const { identity, fields } = bench()
    expect(identity.actorOf(request(fields))).to.equal('orthanc:dr.müller')
    expect(identity.actorOf(request({ ...fields, actor: 'plugin' }))).to.equal('plugin')
  })

  it('refuses any other actor even if signed', () => {
    const { identity, fields } = bench()
    for (const actor of ['', 'orthanc:', 'an orthanc:user', 'token', 'session', 'service', 'root']) {
      expect(identity.actorOf(request({ ...fields, actor })), actor).to.equal(undefined)
    }
  })

  it('accepts a signature once, but the same request repeatedly', () => {
    const { identity, fields } = bench()
    const first = request(fields)
    expect(identity.actorOf(first)).to.equal('orthanc:dr.müller')
    expect(identity.actorOf(first)).to.equal('orthanc:dr.müller')
    expect(identity.actorOf(request(fields)), 'a replay').to.equal(undefined)
    expect(identity.actorOf(request({ ...fields, nonce: 'twice' }))).to.equal('orthanc:dr.müller')
  })

  it('refuses an expired signature, and a replay also after expiry', () => {
    const { identity, fields, clock } = bench()
    expect(identity.actorOf(request(fields))).to.not.equal(undefined)
    clock.advance(30_000)
    expect(identity.actorOf(request(fields)), 'a replay').to.equal(undefined)
    expect(identity.actorOf(request({ ...fields, nonce: 'late' }))).to.not.equal(undefined)
    clock.advance(1)
    expect(identity.actorOf(request({ ...fields, nonce: 'too late' }))).to.equal(undefined)
    clock.advance(60_000)
    expect(identity.actorOf(request(fields)), 'a late replay').to.equal(undefined)
  })

  it('refuses a replay after the clock has jumped ahead and back', () => {
    const clock = freeClock()
    const time = String(clock.now().getTime())
    const fields = { method: 'GET', path: '/', actor: 'plugin', nonce: 'first', time } as const
    const identity = new SignedIdentity(key, clock)
    expect(identity.actorOf(request(fields))).to.equal('plugin')
    clock.set(3_600_000)
    const meanwhile = { ...fields, nonce: 'second', time: String(clock.now().getTime()) }
    expect(identity.actorOf(request(meanwhile))).to.equal('plugin')
    clock.set(-3_600_000)
    expect(identity.actorOf(request(fields))).to.equal(undefined)
  })

  it('refuses a request changed after signing and a signature made with a different key', () => {
    const { identity, fields } = bench()
    const signed = signedHeaders(key, fields)
    const changed: IdentifiedRequest[] = [
      { ...request(fields), method: 'GET' },
      { ...request(fields), originalUrl: '/api/studies/1.3/retry?x=1' },
      { ...request(fields), originalUrl: '/api/studies/1.2/retry' },
      request(fields, { ...signed, [signatureHeaders.actor]: 'orthanc:root' }),
      request(fields, { ...signed, [signatureHeaders.time]: String(Number(fields.time) + 1) }),
      request(fields, { ...signed, [signatureHeaders.nonce]: 'other' }),
      request(fields, { ...signed, [signatureHeaders.signature]: '' }),
      request(fields, { [signatureHeaders.actor]: fields.actor }),
      request(fields, signedHeaders('another key', fields)),
    ]
    for (const one of changed) expect(identity.actorOf(one), JSON.stringify(one)).to.equal(undefined)
    expect(identity.actorOf(request(fields))).to.equal('orthanc:dr.müller')
  })

  it('refuses a signed request that also has X-Forwarded-User', () => {
    const { identity, fields } = bench()
    const headers = { ...signedHeaders(key, fields), 'x-forwarded-user': 'root' }
    expect(identity.actorOf(request(fields, headers))).to.equal(undefined)
  })
})
