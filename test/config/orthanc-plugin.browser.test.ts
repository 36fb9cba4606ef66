import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { join } from 'node:path'
import { expect } from 'chai'
import express from 'express'
import { createProxyMiddleware } from 'http-proxy-middleware'
import type { Browser, Locator, Page } from 'playwright-core'
import { sendStudies } from '../../src/demo/send-studies.ts'
import { type DemoStudy, syntheticRadiographs } from '../../src/demo/sources.ts'
import { authorizationHeaders } from '../../src/clients/http/http-service.ts'
import { signedHeaders } from '../../src/clients/http/request-signature.ts'
import { SqliteStore } from '../../src/service/store/sqlite/sqlite-store.ts'
import { shippedAtlas } from '../lungs/shipped-atlas.ts'
import { launchChromium } from '../servers/chromium.ts'
import {
  type PluginOrthanc,
  isRunning,
  pluginKey,
  reader,
  startPluginOrthanc,
  startedService,
} from '../servers/plugin-orthanc.ts'
import { until as poll } from '../service/fixtures.ts'

/** A folder for screenshots during development; without it none are taken. */
const screenshots = process.env['LUNG_TRIAGE_SCREENSHOTS']
const login = authorizationHeaders({ kind: 'basic', ...reader })
const planted = 'PLANTED-SECRET-OF-ANOTHER-SECTION'

const settingsHeaders = () =>
  signedHeaders(pluginKey, {
    method: 'GET',
    path: '/lung-triage-settings',
    actor: 'service',
    time: String(Date.now()),
    nonce: randomUUID(),
  })

/** Polls with pauses, because the service limits the requests per address. */
const until = (condition: () => boolean | Promise<boolean>) => poll(condition, 50)

describe('the Orthanc plugin with Autostart', function () {
  this.timeout(120_000)
  let orthanc: PluginOrthanc
  let study: DemoStudy

  /** The service's record of the study, fetched through Orthanc. */
  const triaged = async (): Promise<{ state: string; finding?: { decision: string } } | undefined> => {
    const answer = await orthanc.ask(`/lung-triage/api/studies/${study.studyInstanceUid}`)
    return answer.status === 200 ? ((await answer.json()) as { state: string }) : undefined
  }
  const untilReady = () => until(async () => (await orthanc.ask('/lung-triage/index.html')).status === 200)

  before(async () => {
    // Without the change feed, the service learns of studies only from the plugin's push.
    const section = { Autostart: true, Intake: { ChangeFeed: false } }
    const others = { OrthancPeers: { other: ['http://127.0.0.1:9/', 'peer', planted] } }
    orthanc = await startPluginOrthanc(section, others)
    ;[study] = syntheticRadiographs(shippedAtlas(), { startedAt: new Date(), seed: 'plugin' }, 1) as [DemoStudy]
    // The service logs at level INFO, which Orthanc omits by default.
    const verbose = { method: 'PUT', headers: login, body: 'verbose' }
    expect((await orthanc.ask('/tools/log-level-plugins', verbose)).status).to.equal(200)
    await untilReady()
  })
  after(() => orthanc.remove())

  it('serves only the LungTriage section, and only to a signed request with a login', async () => {
    const route = '/lung-triage-settings'
    const ask = (headers: Record<string, string>) => orthanc.ask(route, { headers })
    expect((await ask({})).status, 'without a login').to.equal(401)
    expect((await ask(settingsHeaders())).status, 'signed, without a login').to.equal(401)
    expect((await ask(login)).status, 'unsigned').to.equal(403)
    expect((await ask({ ...login, ...settingsHeaders(), 'X-Lung-Triage-Nonce': 'other' })).status).to.equal(403)
    const headers = { ...login, ...settingsHeaders() }
    const passedOn = await (await ask(headers)).text()
    expect((await ask(headers)).status, 'a replay').to.equal(403)
    expect(Object.keys(JSON.parse(passedOn) as object)).to.have.members(['LungTriage', 'Directory', 'Orthanc'])
    expect(passedOn).to.include(orthanc.stateDir)
    for (const secret of [planted, reader.password]) expect(passedOn).to.not.include(secret)
  })

  it('pushes a stable study, which is analysed once, even if its results make it stable again', async () => {
    await sendStudies([study], orthanc.rest)
    await until(async () => (await triaged())?.state === 'done')
    expect((await triaged())?.finding?.decision).to.be.oneOf(['present', 'absent', 'undetermined'])
    // The stored results make the study stable again. The plugin pushes it again, and it is not analysed again.
    await until(async () => /study\.unchanged/.test(await orthanc.log()))
    expect((await orthanc.log()).match(/study\.started/g)).to.have.length(1)
  })

  it('shows the finding in Orthanc Explorer after a click on its button', () =>
    inBrowser(orthanc, async (page) => {
      const found = (await (
        await orthanc.ask('/tools/lookup', { method: 'POST', headers: login, body: study.studyInstanceUid })
      ).json()) as { ID: string; Type: string }[]
      await page.goto(`${orthanc.process.url}/app/explorer.html#study?uuid=${found[0]!.ID}`)
      await page.getByText('Lung Triage', { exact: true }).click()
      const panel = page.getByRole('region', { name: 'Lung Triage' })
      await panel.getByRole('heading').waitFor()
      expect(await panel.innerText()).to.match(
        /Not for diagnostic use\.[^]*Pneumonia (present|absent|undetermined): \d/,
      )
      await untilShown(panel.getByRole('img'))
      await screenshot(page, 'explorer')
    }))

  it("shows the status page under Orthanc's login, updated by polling", () =>
    inBrowser(orthanc, async (page) => {
      await page.goto(`${orthanc.process.url}/lung-triage`)
      await page.getByText('Updated every few seconds').waitFor()
      await page.getByRole('link', { name: 'All studies' }).click()
      await untilShown(page.locator('tr.study .picture img'))
      await screenshot(page, 'status-page-in-orthanc')
      await page.locator('.picture').click()
      await untilShown(page.locator('#enlarged img'))
    }))

  it('has working links between its pages behind a proxy that serves Orthanc below a path', () =>
    inBrowser(orthanc, async (page) => {
      const proxy = express()
        .use('/pacs', createProxyMiddleware({ target: orthanc.process.url }))
        .listen(0, '127.0.0.1')
      try {
        await once(proxy, 'listening')
        const pages = `http://127.0.0.1:${(proxy.address() as AddressInfo).port}/pacs/lung-triage`
        for (const entry of [pages, `${pages}/`, `${pages}?period=all`]) {
          await page.goto(entry)
          await page.waitForURL(`${pages}/index.html${new URL(entry).search}`)
        }
        await page.goto(`${pages}/index.html?period=all`)
        await page.locator('.identity a').click()
        await untilShown(page.locator('.large-pictures img'))
        await page.getByRole('link', { name: 'Agreement and drift' }).click()
        await page.getByRole('heading', { name: 'Score drift' }).waitFor()
        await page.goBack()
        await page.getByRole('link', { name: 'Worklist', exact: true }).click()
        await page.getByText('Updated every few seconds').waitFor()
        expect(page.url()).to.equal(`${pages}/index.html`)
      } finally {
        proxy.close()
        proxy.closeAllConnections()
      }
    }))

  it("records Agree and Disagree under the name of Orthanc's user, and reports a result that is not current", () =>
    inBrowser(orthanc, async (page) => {
      await page.goto(`${orthanc.process.url}/lung-triage/index.html?period=all`)
      for (const opinion of ['Agree', 'Disagree']) {
        await page.getByRole('button', { name: new RegExp(`^${opinion} with`) }).click()
        await page.getByRole('button', { name: new RegExp(`^${opinion} with`), pressed: true }).waitFor()
      }
      const body = JSON.stringify({ resultKey: 'another', opinion: 'agree' })
      const headers = { ...login, 'X-Lung-Triage': 'page', 'Content-Type': 'application/json' }
      const path = `/lung-triage/api/studies/${study.studyInstanceUid}/feedback`
      const answer = await orthanc.ask(path, { method: 'POST', headers, body })
      expect(answer.status).to.be.oneOf([400, 409])
    }))

  it('starts a service that rejects unsigned requests, even with a user name', async () => {
    const url = `http://127.0.0.1:${orthanc.servicePort}/api/studies`
    for (const headers of [{}, login, { ...login, 'X-Lung-Triage-Actor': 'orthanc:root' }, { 'Remote-User': 'root' }]) {
      expect((await fetch(url, { headers })).status).to.equal(401)
    }
  })

  it('ignores user names in headers, and rejects a POST without the X-Lung-Triage header', async () => {
    const forged = { ...login, 'X-Lung-Triage-Actor': 'orthanc:root', 'X-Forwarded-User': 'root' }
    expect((await orthanc.ask('/lung-triage/worklist', { headers: forged })).status).to.equal(200)
    const retry = `/lung-triage/api/studies/${study.studyInstanceUid}/retry`
    expect((await orthanc.ask(retry, { method: 'POST' })).status).to.equal(403)
    const page = { ...login, 'X-Lung-Triage': 'page' }
    expect((await orthanc.ask(retry, { method: 'POST', headers: page })).status).to.equal(202)
  })

  it("requires Orthanc's login at every address, and answers 404 at /login and unknown addresses", async () => {
    for (const path of ['', '/index.html', '/worklist', '/api/studies', '/events', '/login']) {
      expect((await orthanc.ask(`/lung-triage${path}`, { headers: {} })).status, path).to.equal(401)
    }
    for (const path of ['/login', '/login?code=x', '/nowhere', '/a/%2e%2e/b']) {
      expect((await orthanc.ask(`/lung-triage${path}`)).status, path).to.equal(404)
    }
  })

  it('restarts the service if it was killed', async () => {
    const first = await startedService(orthanc)
    process.kill(first!, 'SIGKILL')
    await until(async () => (await startedService(orthanc)) !== first)
    await untilReady()
    expect((await triaged())?.state).to.be.oneOf(['waiting', 'active', 'done'])
    expect(await orthanc.log()).to.include('the service ended (SIGKILL)')
  })

  it('stops the service with Orthanc, with user names in the audit log and no secret in the log', async () => {
    const service = await startedService(orthanc)
    await orthanc.process.stop()
    expect(isRunning(service!)).to.equal(false)

    const store = new SqliteStore(join(orthanc.stateDir, 'store.sqlite'))
    const actions = store.actions.latest(1000).map(({ actor, action }) => `${actor} ${action}`)
    store.close()
    expect(actions).to.include.members([
      `orthanc:${reader.username} view-picture`,
      `orthanc:${reader.username} retry`,
      `orthanc:${reader.username} feedback`,
      'plugin submit',
    ])
    expect(actions.filter((action) => action.includes('root'))).to.deep.equal([])

    // Other plugins log to the same file.
    const log = (await orthanc.log()).split('\n').filter((line) => line.includes('Lung Triage: '))
    expect(log.join('\n')).to.include('"event":"study.reported"').and.include('the service is ready at')
    const secrets = [pluginKey, reader.password, planted, 'login?code=', 'Synthetic^Child', 'SYNTHETIC-01']
    for (const secret of [...secrets, study.studyInstanceUid]) expect(log.join('\n')).to.not.include(secret)
  })

  it('leaves no service running if Orthanc is killed', async () => {
    const other = await startPluginOrthanc({ Autostart: true })
    try {
      await until(async () => (await other.ask('/lung-triage/index.html')).status === 200)
      const service = await startedService(other)
      expect(isRunning(service!)).to.equal(true)
      process.kill(other.process.pid, 'SIGKILL')
      await until(() => !isRunning(service!))
    } finally {
      await other.remove()
    }
  })
})

/** Opens a page as the reader; fails on any script error in it. */
async function inBrowser(orthanc: PluginOrthanc, test: (page: Page) => Promise<void>): Promise<void> {
  const browser: Browser = await launchChromium()
  try {
    const { username, password } = reader
    const options = { httpCredentials: { username, password }, viewport: { width: 1200, height: 900 } }
    const page = await browser.newPage(options)
    const errors: string[] = []
    page.on('pageerror', (error) => errors.push(error.message))
    await test(page)
    expect(errors, orthanc.process.url).to.deep.equal([])
  } finally {
    await browser.close()
  }
}

/** Waits until the image is loaded and decoded. */
function untilShown(image: Locator): Promise<void> {
  return until(() => image.evaluate((element: { readonly naturalWidth?: number }) => (element.naturalWidth ?? 0) > 0))
}

async function screenshot(page: Page, name: string): Promise<void> {
  if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png` })
}
