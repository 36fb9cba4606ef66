import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { studyUid } from '../../service/fixtures.ts'
import { launchBrowser, missing, onWorklist, shot } from './page-bench.ts'
import { type ServiceBench, arrivalOf, token, withService } from '../../service/service-bench.ts'
import { purge } from '../../service/store/with-store.ts'

describe(`the worklist page in a browser${missing}`, () => {
  let browser: Browser
  const repaired = new Set<number>()

  before(async function () {
    if (missing !== '') this.skip()
    this.timeout(60_000)
    browser = await launchBrowser()
  })
  after(async () => {
    if (missing === '') await browser.close()
  })
  beforeEach(() => {
    repaired.clear()
  })

  const onPage = (width: number, test: (page: Page, bench: ServiceBench) => Promise<void>): Promise<void> =>
    onWorklist(browser, { width, repaired }, test)
  const names = (page: Page) => page.locator('tr.study .name').allTextContents()

  it('shows studies in worklist order, with pictures', () =>
    onPage(1280, async (page) => {
      const short = (number: number) => `…${studyUid(number).slice(-8)}`
      expect(await names(page)).to.deep.equal(['A-5', 'A-2', 'A-1', short(3), 'A-4', short(6), short(7), short(8)])
      expect(await page.locator('tr.study').first().locator('.decision').innerText()).to.include('96.2 %')
      const natural = await page.evaluate('document.querySelector(".picture img").naturalWidth')
      expect(natural).to.be.greaterThan(0)
      await shot(page, 'wide')
    }))

  it('adds a new study without reload and keeps the focus', () =>
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

  it('has pages of 200 studies, each with live updates', () =>
    onPage(1280, async (page, { store, feed }) => {
      for (let number = 1001; number <= 1200; number++)
        store.studies.arrived({ studyInstanceUid: studyUid(number) }, new Date())
      await page.reload()
      await page.getByText('Live', { exact: true }).waitFor()
      expect(await page.locator('tr.study').count()).to.equal(200)
      await shot(page, 'pages')
      await page.getByRole('link', { name: 'Next' }).click()
      await page.getByText('Studies 201 to 208, page 2 of 2').waitFor()
      expect(await page.locator('#group-present').innerText()).to.match(/2\s+On another page\./)
      await page.getByText('Live', { exact: true }).waitFor()
      await page.getByRole('link', { name: 'Previous' }).focus()
      await feed(arrivalOf(studyUid(99)))
      await page.getByText('Studies 201 to 209, page 2 of 2').waitFor()
      expect((await names(page)).at(-1)).to.equal('A-99')
      expect(await page.evaluate('document.activeElement.textContent')).to.equal('Previous')
      await page.keyboard.press('Enter')
      await page.getByText('Studies 1 to 200, page 1 of 2').waitFor()
    }))

  it('announces one more study with pneumonia present, even if others leave the list', () =>
    onPage(1280, async (page, { store, feed }) => {
      const announcement = page.locator('#announcement')
      await feed(arrivalOf(studyUid(98)))
      await page.getByText('A-98', { exact: true }).waitFor()
      expect(await announcement.innerText()).to.equal('')
      // Removes both studies with pneumonia present.
      purge(store, new Date(Date.now() + 1000))
      await feed(arrivalOf(studyUid(5)))
      await page.getByText(/^1 more study with pneumonia present\. /).waitFor({ state: 'attached' })
      expect(await names(page)).not.to.include('A-2')
    }))

  it('analyses a failed study again when Analyse again is pressed with the keyboard', () =>
    onPage(1280, async (page, { store }) => {
      repaired.add(3)
      const row = page.locator(`[id="study-${studyUid(3)}"]`)
      await row.getByRole('button', { name: 'Analyse again' }).focus()
      await page.keyboard.press('Enter')
      await row.getByText('Pneumonia absent').waitFor()
      await page.getByText('The study is in the queue again.').waitFor({ state: 'attached' })
      expect(store.actions.latest(1)[0]).to.deep.include({
        action: 'retry',
        actor: 'session',
        studyInstanceUid: studyUid(3),
      })
    }))

  it('withdraws findings without reload when their model is retracted, and alerts that nothing is analysed', () =>
    onPage(1280, async (page, { ask }) => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
      await ask('/api/retractions', { method: 'POST', headers, body: JSON.stringify({ model: '0.1.0' }) })
      await page.getByRole('alert').getByText('Analysis has stopped').waitFor()
      const row = page.locator(`[id="study-${studyUid(5)}"]`)
      await row.getByText('Withdrawn', { exact: true }).waitFor()
      expect(await row.innerText()).to.not.match(/%|present/)
      expect(await row.locator('img').count()).to.equal(0)
      expect(await page.locator('#group-present tr.study').count()).to.equal(0)
      await shot(page, 'withdrawn')
    }))

  it('records an opinion with the keyboard, shows the current one pressed, and withdraws it', () =>
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

  it('shows Cancel only on queued studies, and removes a study from the queue when it is pressed with the keyboard', () =>
    onPage(1280, async (page, { store }) => {
      expect(await page.getByRole('button', { name: /^Cancel/ }).count()).to.equal(1)
      await page.locator(`[id="cancel-${studyUid(7)}"]`).focus()
      await page.keyboard.press('Enter')
      await page
        .locator(`[id="study-${studyUid(7)}"]`)
        .getByText('A user cancelled the analysis.')
        .waitFor()
      await page.getByText('The study was removed from the queue.').waitFor({ state: 'attached' })
      expect(store.actions.latest(1)[0]).to.deep.include({ action: 'cancel', studyInstanceUid: studyUid(7) })
    }))

  it('marks only studies with pneumonia present as urgent', () =>
    onPage(1280, async (page) => {
      const urgent = await page.locator('tr.study:has(.urgent) .name').allTextContents()
      expect(urgent).to.deep.equal(['A-5', 'A-2'])
    }))

  it('is filtered by finding, state and search, and keeps the filter during an update', () =>
    onPage(1280, async (page, { feed, store }) => {
      const show = async (fields: { finding?: string; state?: string; search?: string }) => {
        await page.getByRole('link', { name: 'Last 24 hours' }).click()
        await page.getByLabel('Finding').selectOption(fields.finding ?? 'Any')
        await page.getByLabel('State', { exact: true }).selectOption(fields.state ?? 'Any')
        await page.getByLabel('Accession number or end of UID').fill(fields.search ?? '')
        await page.keyboard.press('Enter')
        await page.getByRole('button', { name: 'Show' }).click()
        return names(page)
      }
      const short = (number: number) => `…${studyUid(number).slice(-8)}`
      expect(await show({ finding: 'Pneumonia absent' })).to.deep.equal(['A-1'])
      expect(await show({ finding: 'Any', state: 'Failed' })).to.deep.equal([short(3)])
      expect(await show({ finding: 'Any', search: 'a-5' })).to.deep.equal(['A-5'])
      expect(await show({ finding: 'Any', search: short(6) })).to.deep.equal([short(6)])
      expect(await show({ finding: 'Pneumonia undetermined', search: 'nowhere' })).to.deep.equal([])
      expect(await show({ finding: 'Pneumonia undetermined' })).to.deep.equal(['A-4'])
      await page.getByText('Live', { exact: true }).waitFor()
      await feed(arrivalOf(studyUid(99)))
      await page.getByText('(of 9)').waitFor()
      expect(store.studies.get(studyUid(99))).to.not.equal(undefined)
      expect(await names(page)).to.deep.equal(['A-4'])
    }))

  it('offers opinion buttons only on analysed studies', () =>
    onPage(1280, async (page) => {
      const offered = await page.locator('tr.study:has(.opinions) .name').allTextContents()
      expect(offered).to.deep.equal(['A-5', 'A-2', 'A-1', 'A-4'])
    }))

  it('enlarges a picture, and closes it with Escape', () =>
    onPage(1280, async (page) => {
      await page.locator('.picture').first().click()
      const enlarged = page.getByRole('dialog')
      await enlarged.locator('img').waitFor()
      await page.waitForFunction('document.querySelector("#enlarged img").naturalWidth > 0')
      const picture = await page.locator('.picture').first().getAttribute('href')
      const shown = await enlarged.locator('img').getAttribute('src')
      expect(shown).to.equal(new URL(picture ?? '', page.url()).href)
      await shot(page, 'enlarged')
      await page.keyboard.press('Escape')
      await enlarged.waitFor({ state: 'hidden' })
      expect(await page.locator('tr.study').first().isVisible(), 'the worklist remains').to.equal(true)
    }))

  it('fits a phone screen without overflow and keeps its table roles', () =>
    onPage(390, async (page) => {
      const width = await page.evaluate('document.documentElement.scrollWidth')
      expect(width).to.equal(390)
      expect(await page.getByRole('row').count()).to.be.greaterThan(8)
      await page.locator('summary').first().click()
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390)
      await shot(page, 'phone')
    }))

  it('shows the sign-in form without a session, and accepts the token', () =>
    withService({}, async ({ service }) => {
      const context = await browser.newContext({ viewport: { width: 390, height: 700 } })
      const page = await context.newPage()
      await page.goto(service.url)
      expect(await page.locator('#worklist').count(), 'the worklist without a session').to.equal(0)
      await page.getByLabel('Token').fill('the-token-of-the-tests')
      await shot(page, 'sign-in')
      await page.getByRole('button', { name: 'Sign in' }).click()
      await page.getByText('New studies appear here automatically').waitFor()
      expect(await page.getByLabel('Token').count(), 'the form with a session').to.equal(0)
      await shot(page, 'empty')
      await context.close()
    }))
})
