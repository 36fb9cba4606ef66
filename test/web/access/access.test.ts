import { readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect } from 'chai'
import { Access } from '../../../src/web/access/access.ts'
import { resolveLogSalt, resolveToken } from '../../../src/service/store/secrets.ts'
import { freeClock, inTempDir, setClock } from '../../service/fixtures.ts'

const hourMs = 60 * 60_000

describe('access', () => {
  const bench = (token = 'a token of the tests') => {
    const clock = setClock()
    let codes = 0
    return { clock, access: new Access({ token, clock, newCode: () => `code-${++codes}` }) }
  }

  it('accepts only the exact token', () => {
    const { access } = bench()
    expect(access.isToken('a token of the tests')).to.equal(true)
    for (const wrong of ['', 'a token of the test', 'a token of the tests ', 'A token of the tests']) {
      expect(access.isToken(wrong), wrong).to.equal(false)
    }
  })

  it('redeems a code once', () => {
    const { access } = bench()
    const code = access.issueCode()
    expect(access.redeemCode('another')).to.equal(false)
    expect(access.redeemCode(code)).to.equal(true)
    expect(access.redeemCode(code)).to.equal(false)
  })

  it('refuses a code after an hour', () => {
    const { access, clock } = bench()
    const [early, late] = [access.issueCode(), access.issueCode()]
    clock.advance(hourMs - 1)
    expect(access.redeemCode(early)).to.equal(true)
    clock.advance(1)
    expect(access.redeemCode(late)).to.equal(false)
  })

  it('keeps a code for an hour whatever the clock is set to', () => {
    const clock = freeClock()
    const access = new Access({ token: 'a token', clock, newCode: () => 'code' })
    access.issueCode()
    clock.set(365 * 86_400_000)
    clock.advance(3_599_999)
    expect(access.redeemCode('code')).to.equal(true)
    access.issueCode()
    clock.set(-2 * 365 * 86_400_000)
    clock.advance(3_600_000)
    expect(access.redeemCode('code')).to.equal(false)
  })

  it('refuses a session that was opened while the clock was a year ahead', () => {
    const clock = freeClock()
    const access = new Access({ token: 'a token', clock, newCode: () => 'code' })
    clock.set(365 * 86_400_000)
    const { value } = access.openSession()
    expect(access.isSession(value)).to.equal(true)
    clock.set(-60_000)
    expect(access.isSession(value), 'after a small correction').to.equal(true)
    clock.set(-365 * 86_400_000)
    expect(access.isSession(value)).to.equal(false)
  })

  it('ends a session after twelve hours', () => {
    const { access, clock } = bench()
    const { value } = access.openSession()
    clock.advance(12 * hourMs - 1)
    expect(access.isSession(value)).to.equal(true)
    clock.advance(1)
    expect(access.isSession(value)).to.equal(false)
  })

  it('refuses a forged session and a session from a different token, and accepts its own after a restart', () => {
    const { access } = bench()
    const { value } = access.openSession()
    const [expires = '', signature = ''] = value.split('.')
    const forged = ['', '.', expires, `${Number(expires) + 1}.${signature}`, `${expires}.`, `${expires}.${signature}x`]
    for (const one of forged) expect(access.isSession(one), one).to.equal(false)
    expect(bench('the next token of the tests').access.isSession(value)).to.equal(false)
    expect(bench().access.isSession(value), 'after a restart').to.equal(true)
  })
})

describe('the token', () => {
  it('is the configured one if set', () =>
    inTempDir((dir) => {
      expect(resolveToken('set in the configuration', dir)).to.equal('set in the configuration')
      expect(readdirSync(dir)).to.deep.equal([])
    }))

  it('is generated once and stored readable by its owner only', () =>
    inTempDir((dir) => {
      const token = resolveToken(undefined, dir)
      expect(token).to.match(/^[\w-]{43}$/)
      expect(resolveToken(undefined, dir)).to.equal(token)
      expect(readdirSync(dir)).to.deep.equal(['token'])
      expect(statSync(join(dir, 'token')).mode & 0o777).to.equal(0o600)
      expect(readFileSync(join(dir, 'token'), 'utf8').trim()).to.equal(token)
      expect(resolveLogSalt(dir)).to.not.equal(token)
    }))

  it('is not read from a truncated file', () =>
    inTempDir((dir) => {
      writeFileSync(join(dir, 'token'), 'short')
      expect(() => resolveToken(undefined, dir))
        .to.throw()
        .with.property('code', 'SERVICE_TOKEN_UNREADABLE')
    }))
})
