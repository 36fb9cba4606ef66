import { expect } from 'chai'
import fc from 'fast-check'
import type { Request, Response } from 'express'
import { signedHeaders } from '../../../src/clients/http/request-signature.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { Access } from '../../../src/web/access/access.ts'
import { requireAccess } from '../../../src/web/access/http-access.ts'
import { setClock } from '../../service/fixtures.ts'
import { pluginKey, token, withService } from '../../service/service-bench.ts'
import { routesOf } from '../routes-of-app.ts'

const hourMs = 60 * 60_000
const port = 8050
const cookieName = `lung_triage_${port}`

/** What a request brings along. */
const brought = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE'),
  path: fc.constantFrom('/', '/api/studies', '/api/studies/1.2/retry?x=1', '/nowhere'),
  bearer: fc.constantFrom('none', 'token', 'wrong', 'empty', 'prefix'),
  cookie: fc.constantFrom('none', 'session', 'expired', 'forged', 'token', 'other port'),
  signature: fc.constantFrom('none', 'valid', 'other key', 'other method', 'other path', 'stale', 'actor only'),
  actor: fc.constantFrom('plugin', 'orthanc:dr.m%C3%BCller', 'orthanc:', 'token', 'session', 'root', ''),
  foreign: fc.constantFrom('none', 'remote-user', 'x-remote-user', 'x-forwarded-user'),
  marked: fc.boolean(),
})
type Brought = typeof brought extends fc.Arbitrary<infer Value> ? Value : never

/** Whom the rules admit. A header that names a sender excludes token and session. */
function admitted({ bearer, cookie, signature, actor, foreign }: Brought): 'program' | 'browser' | 'nobody' {
  if (signature !== 'none' || foreign !== 'none') {
    if (signature !== 'valid' || foreign !== 'none') return 'nobody'
    if (actor === 'plugin') return 'program'
    return /^orthanc:./.test(actor) ? 'browser' : 'nobody'
  }
  if (bearer !== 'none' && bearer !== 'empty') return bearer === 'token' ? 'program' : 'nobody'
  return cookie === 'session' ? 'browser' : 'nobody'
}

/** The status by the rules: a browser must mark each change. */
function expected(given: Brought): number {
  const sender = admitted(given)
  if (sender === 'nobody') return 401
  const reads = given.method === 'GET' || given.method === 'HEAD'
  return sender === 'program' || reads || given.marked ? 200 : 403
}

/** Access with a valid and an expired session. */
function bench() {
  const clock = setClock()
  const access = new Access({ token, clock, newCode: () => 'code', pluginKey })
  const expired = access.openSession().value
  clock.advance(12 * hourMs)
  return { clock, access, expired, session: access.openSession().value }
}

const bearers: Readonly<Record<string, string>> = { token, wrong: 'wrong', empty: '', prefix: token.slice(0, -1) }

type Headers = Readonly<Record<string, string>>

function headersOf(given: Brought, made: ReturnType<typeof bench>): Headers {
  const { bearer, cookie, foreign, marked } = given
  const cookies: Readonly<Record<string, string>> = {
    session: `${cookieName}=${made.session}`,
    expired: `${cookieName}=${made.expired}`,
    forged: `${cookieName}=9999999999999.forged`,
    token: `${cookieName}=${token}`,
    'other port': `lung_triage_80=${made.session}`,
  }
  return {
    ...(bearer !== 'none' && { authorization: `Bearer ${bearers[bearer] ?? ''}` }),
    ...(cookie !== 'none' && { cookie: `a=1; ${cookies[cookie] ?? ''}` }),
    ...signatureOf(given, made.clock.now().getTime()),
    ...(foreign !== 'none' && { [foreign]: 'root' }),
    ...(marked && { 'x-lung-triage': 'page' }),
  }
}

function signatureOf({ method, path, signature, actor }: Brought, nowMs: number): Headers {
  if (signature === 'none') return {}
  if (signature === 'actor only') return { 'x-lung-triage-actor': actor }
  return signedHeaders(signature === 'other key' ? 'a different key' : pluginKey, {
    method: signature === 'other method' ? 'PATCH' : method,
    path: signature === 'other path' ? '/other' : path,
    actor,
    time: String(signature === 'stale' ? nowMs - 30_001 : nowMs),
    nonce: 'once',
  })
}

/** The status that `requireAccess` gives a request; 200 if it lets it pass. */
function statusOf(given: Brought): number {
  const made = bench()
  const headers = headersOf(given, made)
  const request = { method: given.method, originalUrl: given.path, headers, socket: { localPort: port } }
  const passed: number[] = []
  try {
    void requireAccess(made.access)(request as unknown as Request, undefined as unknown as Response, () => {
      passed.push(200)
    })
  } catch (thrown) {
    if (thrown instanceof TriageError) return thrown.httpStatus
    throw thrown
  }
  return passed[0] ?? 0
}

describe('access with any combination of credentials', () => {
  it('is as the rules say: 401 without a valid sender, 403 for an unmarked change of a browser', () => {
    fc.assert(
      fc.property(brought, (given) => {
        expect(statusOf(given)).to.equal(expected(given))
      }),
      { numRuns: 3000 },
    )
  })

  it('is a session until its end and a code once, whatever else is tried before', () => {
    const step = fc.constantFrom('redeem', 'guess', 'wait', 'issue')
    fc.assert(
      fc.property(fc.array(step, { maxLength: 12 }), (steps) => {
        const clock = setClock()
        let codes = 0
        const access = new Access({ token, clock, newCode: () => `code-${++codes}` })
        const { value } = access.openSession()
        let [waitedMs, open] = [0, [] as { code: string; untilMs: number }[]]
        for (const one of steps) {
          if (one === 'issue') open = [...open, { code: access.issueCode(), untilMs: waitedMs + hourMs }]
          if (one === 'guess') expect(access.redeemCode('code-0')).to.equal(false)
          if (one === 'wait') {
            waitedMs += 0.4 * hourMs
            clock.advance(0.4 * hourMs)
          }
          if (one !== 'redeem') continue
          const [first, ...others] = open
          expect(access.redeemCode(first?.code ?? 'none')).to.equal(first !== undefined && waitedMs < first.untilMs)
          if (first !== undefined) expect(access.redeemCode(first.code), 'a second time').to.equal(false)
          open = others
        }
        expect(access.isSession(value)).to.equal(true)
        clock.advance(12 * hourMs - waitedMs)
        expect(access.isSession(value)).to.equal(false)
      }),
      { numRuns: 300 },
    )
  })
})

describe('every route of the service', () => {
  it('gives an unsigned-in sender 401 with any wrong credentials, and a session 403 for an unmarked change', () =>
    withService({}, async ({ ask, service, store }) => {
      const link = await fetch(service.newLoginUrl(), { redirect: 'manual' })
      const [cookie = ''] = (link.headers.get('set-cookie') ?? '').split(';')
      const routes = routesOf(store).filter(({ path }) => path !== '/health/live' && path !== '/login')
      const wrong: Readonly<Record<string, string>>[] = [
        { Authorization: 'Bearer wrong' },
        { Cookie: `${cookie}x` },
        { Cookie: cookie, 'Remote-User': 'root' },
        { Authorization: `Bearer ${token}`, 'X-Lung-Triage-Actor': 'plugin' },
        { 'X-Lung-Triage': 'page', Origin: service.url },
      ]
      await fc.assert(
        fc.asyncProperty(fc.constantFrom(...routes), fc.constantFrom(...wrong), async ({ method, path }, headers) => {
          expect((await ask(path, { method, headers })).status, `${method} ${path}`).to.equal(401)
          if (method !== 'POST') return
          const forged = await ask(path, { method, headers: { Cookie: cookie, Origin: 'http://elsewhere' } })
          expect(forged.status, `${method} ${path}`).to.equal(403)
        }),
        { numRuns: 80 },
      )
    }))
})
