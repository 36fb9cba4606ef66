import { expect } from 'chai'
import { unreachable } from '../../src/clients/http/errors.ts'
import { fileDamaged } from '../../src/dicom/errors.ts'
import { ChangeEvents } from '../servers/change-events.ts'
import { pictureFile, planted, studyUid, until } from '../service/fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../service/service-bench.ts'
import { routesOf } from './routes-of-app.ts'

const uid = studyUid(1)
const json = { 'Content-Type': 'application/json' }
const nothingPending = { needRestart: [], problems: [] }

async function signIn({ service }: ServiceBench): Promise<string> {
  const answer = await fetch(service.newLoginUrl(), { redirect: 'manual' })
  expect(answer.status).to.equal(303)
  return (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
}

async function analysed(bench: ServiceBench, studyInstanceUid: string): Promise<void> {
  await bench.feed(arrivalOf(studyInstanceUid))
  await until(() => bench.store.studies.get(studyInstanceUid)?.progress.state === 'done')
}

describe('access to the HTTP service', () => {
  it('is refused with 401 without the token on every route except /health/live', () =>
    withService({}, async (bench) => {
      const routes = routesOf(bench.store)
      expect(routes.length).to.be.greaterThan(15)
      const answers = await Promise.all(
        [...routes, { method: 'GET', path: '/nowhere' }, { method: 'DELETE', path: '/api/studies' }].map(
          async ({ method, path }) => {
            const { status } = await bench.ask(path, { method, headers: {} })
            return { route: `${method} ${path}`, status }
          },
        ),
      )
      const open = answers.filter(({ status }) => status !== 401)
      expect(open).to.deep.equal([{ route: 'GET /health/live', status: 200 }])
    }))

  it('is refused with 401 for a wrong token, an empty token and a forged session', () =>
    withService({}, async ({ ask, service }) => {
      const cookie = `lung_triage_${new URL(service.url).port}`
      const wrong = [
        { Authorization: 'Bearer wrong' },
        { Authorization: 'Bearer ' },
        { Authorization: token },
        { Authorization: `Bearer ${token} and more` },
        { Authorization: `not Bearer ${token}` },
        { Authorization: `Basic ${btoa(`:${token}`)}` },
        { Cookie: `${cookie}=9999999999999.forged` },
        { Cookie: `${cookie}=${token}` },
      ]
      for (const headers of wrong) expect((await ask('/api/studies', { headers })).status).to.equal(401)
      expect((await ask(`/api/studies?token=${token}`, { headers: {} })).status).to.equal(401)
    }))

  it('is refused to a program as JSON and to a browser as the sign-in page, both with the scheme', () =>
    withService({}, async ({ ask }) => {
      const program = await ask('/api/studies', { headers: { Accept: '*/*' } })
      expect(program.headers.get('www-authenticate')).to.equal('Bearer realm="Lung Triage"')
      expect(await program.json()).to.include({ code: 'SERVICE_NOT_SIGNED_IN' })
      const browser = await ask('/', { headers: { Accept: 'text/html,application/xhtml+xml;q=0.9' } })
      expect(browser.headers.get('www-authenticate')).to.equal('Bearer realm="Lung Triage"')
      expect(browser.headers.get('content-type')).to.match(/^text\/html/)
    }))

  it('is granted to a session whose cookie stands among others, with or without spaces', () =>
    withService({}, async (bench) => {
      const cookie = await signIn(bench)
      for (const Cookie of [cookie, `a=1; ${cookie}`, `a=1;${cookie};b=2`]) {
        expect((await bench.ask('/api/studies', { headers: { Cookie } })).status, Cookie).to.equal(200)
      }
    }))

  it('is granted to a browser with the printed sign-in link, once', () =>
    withService({}, async ({ service }) => {
      const first = await fetch(service.loginUrl, { redirect: 'manual' })
      expect(first.status).to.equal(303)
      expect(first.headers.get('location')).to.equal('/')
      const cookie = first.headers.get('set-cookie') ?? ''
      expect(cookie).to.include('HttpOnly').and.include('SameSite=Strict').and.include('Path=/')
      const page = await fetch(`${service.url}/`, { headers: { Cookie: cookie.split(';')[0] ?? '' } })
      expect(page.status).to.equal(200)
      const second = await fetch(service.loginUrl, { redirect: 'manual' })
      expect(second.status).to.equal(401)
      expect(second.headers.get('set-cookie')).to.equal(null)
    }))

  it('is granted to a browser that sends the token with the sign-in form', () =>
    withService({}, async ({ ask, service, store }) => {
      const refused = await ask('/', { headers: { Accept: 'text/html' } })
      expect(refused.status).to.equal(401)
      expect(await refused.text()).to.include('<form method="post" action="/login">')
      const send = (sent: string) =>
        ask('/login', { method: 'POST', headers: {}, body: new URLSearchParams({ token: sent }) })
      expect((await send('wrong')).status).to.equal(401)
      const accepted = await send(token)
      expect(accepted.status).to.equal(303)
      const cookie = (accepted.headers.get('set-cookie') ?? '').split(';')[0] ?? ''
      expect((await fetch(`${service.url}/worklist`, { headers: { Cookie: cookie } })).status).to.equal(200)
      expect(store.actions.latest(1)[0]).to.deep.include({ action: 'sign-in', actor: 'session' })
    }))

  it('refuses a change by a session without the X-Lung-Triage header (CSRF)', () =>
    withService({}, async (bench) => {
      await analysed(bench, uid)
      const cookie = await signIn(bench)
      const retry = (headers: Record<string, string>) =>
        bench.ask(`/api/studies/${uid}/retry`, { method: 'POST', headers })
      const forged = await retry({ Cookie: cookie })
      expect(forged.status).to.equal(403)
      expect(await forged.json()).to.include({ code: 'SERVICE_HEADER_MISSING' })
      expect((await retry({ Cookie: cookie, 'X-Lung-Triage': 'page' })).status).to.equal(202)
    }))

  it('answers with headers that forbid inline scripts, framing and caching', () =>
    withService({}, async ({ ask }) => {
      const { headers } = await ask('/')
      const policy = headers.get('content-security-policy') ?? ''
      expect(policy).to.include(`default-src 'none'`).and.include(`frame-ancestors 'none'`)
      expect(policy).to.not.include('unsafe')
      expect(headers.get('cache-control')).to.equal('no-store')
      expect(headers.get('x-content-type-options')).to.equal('nosniff')
      expect(headers.get('x-powered-by')).to.equal(null)
    }))
})

describe('the API', () => {
  it('accepts a study and reports its result', () =>
    withService({ find: () => 0.91 }, async ({ ask, store }) => {
      const body = JSON.stringify({ studyInstanceUid: uid, lane: 'urgent' })
      const headers = { ...json, Authorization: `Bearer ${token}` }
      const answer = await ask('/api/studies', { method: 'POST', headers, body })
      expect(answer.status).to.equal(202)
      expect(await answer.json()).to.deep.equal({ effect: 'queued' })
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      const study = (await (await ask(`/api/studies/${uid}`)).json()) as Record<string, unknown>
      expect(study).to.deep.include({ studyInstanceUid: uid, state: 'done' })
      expect(study).to.have.nested.property('finding.decision', 'present')
      expect(study).to.have.nested.property('finding.probabilities.pneumonia', 0.91)
      expect(store.actions.latest(1)[0]).to.deep.include({ action: 'submit', actor: 'token', studyInstanceUid: uid })
    }))

  it('lists studies in worklist order', () =>
    withService({ find: ({ studyInstanceUid }) => (studyInstanceUid === studyUid(3) ? 0.9 : 0.1) }, async (bench) => {
      for (const number of [1, 2, 3]) await analysed(bench, studyUid(number))
      const list = (await (await bench.ask('/api/studies')).json()) as { studies: { studyInstanceUid: string }[] }
      expect(list.studies.map(({ studyInstanceUid }) => studyInstanceUid)).to.deep.equal([3, 1, 2].map(studyUid))
    }))

  it('retries a dead letter on request', () => {
    let broken = true
    const find = () => (broken ? Promise.reject(fileDamaged('it ends early')) : 0.2)
    return withService({ find }, async ({ ask, feed, store }) => {
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'dead')
      broken = false
      expect((await ask(`/api/studies/${uid}/retry`, { method: 'POST' })).status).to.equal(202)
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      expect(store.actions.latest(1)[0]).to.deep.include({ action: 'retry', actor: 'token', studyInstanceUid: uid })
    })
  })

  it('cancels a study that waits for its next attempt, and records it as skipped', () => {
    const down = () => Promise.reject(unreachable('The archive', 'ECONNREFUSED'))
    return withService({ find: down }, async ({ ask, feed, store, queue }) => {
      await feed(arrivalOf(uid))
      await until(async () => (await queue.job(uid))?.state === 'retrying')
      const cancel = async () => (await ask(`/api/studies/${uid}/cancel`, { method: 'POST' })).json()
      expect(await cancel()).to.deep.equal({ effect: 'cancelled' })
      const problem = { code: 'CANCELLED', reason: 'A user cancelled the analysis.' }
      expect(store.studies.get(uid)?.progress).to.deep.equal({ state: 'skipped', problem })
      expect(store.actions.latest(1)[0]).to.deep.include({ action: 'cancel', actor: 'token', studyInstanceUid: uid })
      expect(await cancel()).to.deep.equal({ effect: 'nothing' })
    })
  })

  it('answers invalid requests with 4xx and reveals no internals', () =>
    withService({}, async ({ ask, logLines }) => {
      const headers = { ...json, Authorization: `Bearer ${token}` }
      const post = (path: string, body: string) => ask(path, { method: 'POST', headers, body })
      const answers = await Promise.all([
        post('/api/studies', '{"studyInstanceUid":'),
        post('/api/studies', 'null'),
        post('/api/studies', '{"studyInstanceUid":"../../etc/passwd"}'),
        post('/api/studies', `{"studyInstanceUid":"${'1'.repeat(65)}"}`),
        post('/api/studies', `{"studyInstanceUid":"1.2","orthancId":"x","__proto__":{"admin":true}}`),
        post('/api/studies', `{"studyInstanceUid":"1.2","more":"${'x'.repeat(40_000)}"}`),
        post(`/api/studies/${planted.id}/retry`, ''),
        ask('/api/studies/1.2.3'),
        ask('/api/studies/%2e%2e%2f'),
        ask('/api/studies/%ff'),
        ask(`/studies/${uid}/pictures/0`),
        ask('/studies/1.2/pictures/__proto__'),
        ask('/assets/../service.ts'),
        ask('/nowhere'),
      ])
      for (const answer of answers) {
        expect(answer.status, answer.url).to.be.within(400, 499)
        expect(await answer.text()).to.not.match(/node_modules|src\/service|at .*\(|planted/i)
      }
      expect(logLines.join()).to.not.include(planted.id)
    }))
})

describe('the HTML pages', () => {
  it('show finding, warnings, viewer link and model, and the words "Not for diagnostic use"', () =>
    withService(
      { find: () => 0.87, viewerUrl: 'http://127.0.0.1:9/viewer?study={StudyInstanceUID}' },
      async (bench) => {
        await analysed(bench, uid)
        const page = await (await bench.ask('/')).text()
        expect(page).to.include('Not for diagnostic use')
        expect(page).to.include('Pneumonia present').and.include('87 %')
        expect(page).to.include('The age of the patient is not known.')
        expect(page).to.include(`http://127.0.0.1:9/viewer?study=${uid}`)
        expect(page).to.include('pneumonia 0.1.0').and.include('ONNX Runtime 1.30.0 (cpu)')
        expect(page).to.not.match(/ style=|<script>|onclick|normal/i)
      },
    ))

  it('contain neither name nor ID of the patient', () =>
    withService({}, async (bench) => {
      await analysed(bench, uid)
      for (const path of ['/', '/worklist', '/api/studies', `/api/studies/${uid}`]) {
        expect(await (await bench.ask(path)).text(), path).to.not.include('PLANTED')
      }
    }))

  it('escape text from outside', () => {
    const find = () => Promise.reject(fileDamaged('<img src=x onerror=alert(1)> & "quoted"'))
    return withService({ find }, async ({ ask, feed, store }) => {
      await feed(arrivalOf(uid))
      await until(() => store.studies.get(uid)?.progress.state === 'dead')
      const page = await (await ask('/')).text()
      expect(page).to.include('&lt;img src=x onerror=alert(1)&gt; &amp; &quot;quoted&quot;')
      expect(page).to.not.include('<img src=x')
    })
  })

  it('serve a picture in full and as a thumbnail', async () => {
    const jpeg = await pictureFile()
    await withService({ jpeg }, async (bench) => {
      await analysed(bench, uid)
      const whole = await bench.ask(`/studies/${uid}/pictures/0`)
      expect(whole.headers.get('content-type')).to.equal('image/jpeg')
      expect(new Uint8Array(await whole.arrayBuffer())).to.deep.equal(jpeg)
      expect(bench.store.actions.latest(1)[0]).to.deep.include({ action: 'view-picture', studyInstanceUid: uid })
      const small = await bench.ask(`/studies/${uid}/pictures/0/thumbnail`)
      expect(small.headers.get('content-type')).to.equal('image/webp')
      expect((await small.arrayBuffer()).byteLength).to.be.lessThan(jpeg.byteLength)
      expect((await bench.ask(`/studies/${uid}/pictures/1`)).status).to.equal(404)
    })
  })

  it('receive a change event when a study changes', () =>
    withService({}, async (bench) => {
      const events = await bench.ask('/events')
      expect(events.headers.get('content-type')).to.match(/^text\/event-stream/)
      const changes = new ChangeEvents(events)
      await changes.hear('retry: 2000')
      expect(changes.heard).to.not.include('event: change')
      await bench.feed(arrivalOf(uid))
      await changes.hear('event: change')
      await bench.service.stop(1000)
      await changes.end()
    }))
})

describe('the health routes', () => {
  it('report live without a token, and ready if all dependencies answer', () =>
    withService({ dependencies: [{ name: 'archive', probe: () => Promise.resolve() }] }, async ({ ask }) => {
      expect(await (await ask('/health/live', { headers: {} })).json()).to.deep.equal({ status: 'live' })
      const ready = await ask('/health/ready')
      expect(ready.status).to.equal(200)
      const answer = { status: 'ready', dependencies: [{ name: 'archive', status: 'up' }], settings: nothingPending }
      expect(await ready.json()).to.deep.equal(answer)
    }))

  it('answer 503 and name the dependency that is down', () => {
    const down = unreachable('The archive', 'ECONNREFUSED')
    const dependencies = [
      { name: 'archive', probe: () => Promise.reject(down) },
      { name: 'fhir', probe: () => Promise.resolve() },
    ]
    return withService({ dependencies }, async ({ ask }) => {
      const ready = await ask('/health/ready')
      expect(ready.status).to.equal(503)
      expect(await ready.json()).to.deep.equal({
        status: 'not-ready',
        dependencies: [
          { name: 'archive', status: 'down', code: 'HTTP_UNREACHABLE', reason: down.message },
          { name: 'fhir', status: 'up' },
        ],
        settings: nothingPending,
      })
    })
  })
})
