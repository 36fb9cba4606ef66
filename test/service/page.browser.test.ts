import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { type Browser, type Page, chromium } from 'playwright-core'
import { TriageError } from '../../src/errors.ts'
import type { StudyRef } from '../../src/intake/study.ts'
import type { StudyOutcome } from '../../src/pipeline.ts'
import { picturePng, studyUid, until } from './fixtures.ts'
import { type ServiceBench, arrivalOf, token, withService } from './service-bench.ts'

const executablePath = '/usr/bin/chromium'
const missing = existsSync(executablePath) ? '' : ` (skipped: there is no ${executablePath})`
/** A folder for screenshots, for people who work on the page. */
const screenshots = process.env['LUNG_TRIAGE_SCREENSHOTS']

const unreadable = new TriageError(
  'PIXELS_TRUNCATED',
  'permanent',
  'The file ends before its pixel data does; send it again.',
)
const down = new TriageError('DELIVER_UNREACHABLE', 'transient', 'The archive does not answer; is it running?')

/** What becomes of the studies of the page, by number. */
const fates: Readonly<Record<number, number | 'dead' | 'retrying' | 'skipped' | 'active'>> = {
  1: 0.12,
  2: 0.71,
  3: 'dead',
  4: 0.5,
  5: 0.962,
  6: 'skipped',
  7: 'retrying',
  8: 'active',
}

/** Gives each study its fate; `repaired` ones are found well the next time. */
function find(repaired: ReadonlySet<number>): (study: StudyRef) => number | Promise<StudyOutcome> {
  return ({ studyInstanceUid }) => {
    const number = Number(studyInstanceUid.split('.').at(-1))
    const fate = repaired.has(number) ? 0.05 : (fates[number] ?? 0.3)
    if (typeof fate === 'number') return fate
    if (fate === 'dead') return Promise.reject(unreadable)
    if (fate === 'retrying') return Promise.reject(down)
    if (fate === 'active') return new Promise(() => undefined)
    const reason = { sopInstanceUid: '1.2', code: 'not-a-radiograph', reason: 'CT images are not analysed.' }
    return Promise.resolve({ kind: 'skipped', reasons: [reason] })
  }
}

const settled: Readonly<Record<string, string>> = {
  dead: 'dead',
  retrying: 'retrying',
  skipped: 'skipped',
  active: 'active',
}

async function fill({ feed, store }: ServiceBench): Promise<void> {
  for (const [number, fate] of Object.entries(fates)) {
    const uid = studyUid(Number(number))
    await feed(arrivalOf(uid))
    await until(() => store.studies.get(uid)?.progress.state === (settled[String(fate)] ?? 'done'))
  }
}

describe(`the status page in a browser${missing}`, () => {
  let browser: Browser
  const repaired = new Set<number>()

  before(async function () {
    if (missing !== '') this.skip()
    this.timeout(60_000)
    const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
    browser = await chromium.launch({ executablePath, headless: true, args })
  })
  after(async () => {
    if (missing === '') await browser.close()
  })
  beforeEach(() => {
    repaired.clear()
  })

  /** Opens the page by the sign-in link; fails on any error in the browser, blocked scripts and styles included. */
  const onPage = async (width: number, test: (page: Page, bench: ServiceBench) => Promise<void>): Promise<void> => {
    const options = {
      png: await picturePng(),
      find: find(repaired),
      viewerUrl: 'http://127.0.0.1:9/viewer?StudyInstanceUIDs={StudyInstanceUID}',
    }
    await withService(options, async (bench) => {
      await fill(bench)
      const context = await browser.newContext({ viewport: { width, height: 900 } })
      const page = await context.newPage()
      const errors: string[] = []
      page.on('pageerror', (error) => errors.push(error.message))
      page.on('console', (message) => {
        if (message.type() === 'error') errors.push(message.text())
      })
      await page.goto(bench.service.loginUrl)
      await page.getByText('Live', { exact: true }).waitFor()
      await test(page, bench)
      expect(errors).to.deep.equal([])
      await context.close()
    })
  }
  const names = (page: Page) => page.locator('tr.study .name').allTextContents()
  const shot = async (page: Page, name: string) => {
    if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })
  }

  it('shows the worklist in its order, with pictures', () =>
    onPage(1280, async (page) => {
      const short = (number: number) => `…${studyUid(number).slice(-8)}`
      expect(await names(page)).to.deep.equal(['A-5', 'A-2', 'A-1', short(3), 'A-4', short(6), short(7), short(8)])
      expect(await page.locator('tr.study').first().locator('.decision').innerText()).to.include('96 %')
      const natural = await page.evaluate('document.querySelector(".picture img").naturalWidth')
      expect(natural).to.be.greaterThan(0)
      await shot(page, 'wide')
    }))

  it('puts a new study in its place by itself, and leaves the focus where it was', () =>
    onPage(1280, async (page, { feed }) => {
      await page.locator('#worklist tr.study').nth(2).locator('a.picture').focus()
      const focused = () => page.evaluate('document.activeElement.id')
      const before = await focused()
      expect(before).to.match(/^picture-/)
      await feed(arrivalOf(studyUid(99)))
      await page.getByText('A-99', { exact: true }).waitFor()
      expect((await names(page)).at(-1)).to.equal('A-99')
      expect(await focused()).to.equal(before)
    }))

  it('works on a study again when Retry is pressed by keyboard', () =>
    onPage(1280, async (page, { store }) => {
      repaired.add(3)
      const row = page.locator(`[id="study-${studyUid(3)}"]`)
      await row.getByRole('button', { name: 'Retry' }).focus()
      await page.keyboard.press('Enter')
      await row.getByText('Pneumonia absent').waitFor()
      await page.getByText('The study is in the queue again.').waitFor({ state: 'attached' })
      expect(store.actions.latest(1)[0]).to.deep.include({
        action: 'retry',
        actor: 'session',
        studyInstanceUid: studyUid(3),
      })
    }))

  it('takes findings back by itself when their model is retracted, and says that nothing is analysed', () =>
    onPage(1280, async (page, { ask }) => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
      await ask('/api/retractions', { method: 'POST', headers, body: JSON.stringify({ model: '0.1.0' }) })
      await page.getByRole('alert').getByText('Nothing is analysed').waitFor()
      const row = page.locator(`[id="study-${studyUid(5)}"]`)
      await row.getByText('Withdrawn', { exact: true }).waitFor()
      expect(await row.innerText()).to.not.match(/%|present/)
      expect(await row.locator('img').count()).to.equal(0)
      expect(await page.locator('#group-present tr.study').count()).to.equal(0)
      await shot(page, 'withdrawn')
    }))

  it('takes an opinion by keyboard, shows which one stands, and takes it back', () =>
    onPage(1280, async (page, { store }) => {
      const row = page.locator(`[id="study-${studyUid(2)}"]`)
      const button = (name: string) =>
        row.getByRole('button', { name: `${name} with the finding on study A-2`, exact: true })
      const standing = () => store.opinions.allStanding().map(({ judgement, actor }) => `${judgement} by ${actor}`)
      const pressed = (name: string, state: boolean) =>
        row.locator(`button[aria-pressed="${String(state)}"]`, { hasText: name }).waitFor()
      await button('Disagree').focus()
      await page.keyboard.press('Enter')
      await pressed('Disagree', true)
      await page.getByText('Your opinion was recorded.').waitFor({ state: 'attached' })
      expect(standing()).to.deep.equal(['disagree by session'])
      expect(await page.evaluate('document.activeElement.id')).to.equal(`disagree-${studyUid(2)}`)
      await button('Agree').click()
      await pressed('Agree', true)
      await pressed('Disagree', false)
      expect(standing()).to.deep.equal(['agree by session'])
      await shot(page, 'opinion')
      await button('Agree').click()
      await pressed('Agree', false)
      expect(standing()).to.deep.equal([])
    }))

  it('offers no opinion on what has no finding', () =>
    onPage(1280, async (page) => {
      const offered = await page.locator('tr.study:has(.opinions) .name').allTextContents()
      expect(offered).to.deep.equal(['A-5', 'A-2', 'A-1', 'A-4'])
    }))

  it('enlarges a picture and closes it with Escape', () =>
    onPage(1280, async (page) => {
      await page.locator('.picture').first().click()
      const enlarged = page.getByRole('dialog')
      await enlarged.locator('img').waitFor()
      await page.waitForFunction('document.querySelector("#enlarged img").naturalWidth > 0')
      await shot(page, 'enlarged')
      await page.keyboard.press('Escape')
      await enlarged.waitFor({ state: 'hidden' })
    }))

  it('fits a phone: nothing is wider than the screen, and a table it stays', () =>
    onPage(390, async (page) => {
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width).to.equal(390)
      expect(await page.getByRole('row').count()).to.be.greaterThan(8)
      await page.locator('summary').first().click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390)
      await shot(page, 'phone')
    }))

  it('asks whom it does not know to sign in, and lets the token in', () =>
    withService({}, async ({ service }) => {
      const context = await browser.newContext({ viewport: { width: 390, height: 700 } })
      const page = await context.newPage()
      await page.goto(service.url)
      await page.getByLabel('Token').fill('the-token-of-the-tests')
      await shot(page, 'sign-in')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('New studies appear here by themselves').waitFor()
      await shot(page, 'empty')
      await context.close()
    }))
})
