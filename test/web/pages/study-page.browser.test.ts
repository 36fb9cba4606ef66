import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { violations } from './axe.ts'
import { identityInDoubt } from '../../../src/intake/errors.ts'
import { planted, studyUid, until } from '../../service/fixtures.ts'
import { launchBrowser, missing, onWorklist, shot } from './page-bench.ts'
import { type ServiceBench, token } from '../../service/service-bench.ts'

describe(`the page of a study in a browser${missing}`, function () {
  this.timeout(60_000)
  let browser: Browser
  const repaired = new Set<number>()

  before(async function () {
    if (missing !== '') this.skip()
    browser = await launchBrowser()
  })
  after(async () => {
    if (missing === '') await browser.close()
  })
  beforeEach(() => {
    repaired.clear()
  })

  /** Opens the page with the link in the row of the study. */
  const onStudy = (
    number: number,
    test: (page: Page, bench: ServiceBench) => Promise<void>,
    width = 1280,
  ): Promise<void> =>
    onWorklist(browser, { width, repaired }, async (page, bench) => {
      await page.locator(`[id="open-${studyUid(number)}"]`).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('heading', { name: /^Study / }).waitFor()
      await page.getByText('Live', { exact: true }).waitFor()
      await test(page, bench)
    })
  const history = (page: Page) => page.getByRole('region', { name: 'History' })

  it('shows the large picture, the conclusion of the report, times and results', () =>
    onStudy(5, async (page) => {
      const picture = page.getByRole('img', { name: /^Picture 1 of 1/ })
      await page.waitForFunction('document.querySelector(".large-pictures img").naturalWidth > 0')
      expect((await picture.boundingBox())?.width).to.be.greaterThan(400)
      const finding = page.getByRole('region', { name: 'Finding' })
      const words = await finding.innerText()
      expect(words).to.include('Urgent')
      expect(words).to.include('Pneumonia: present (probability 96.2 %).')
      expect(words).to.include('not verified by a physician. Not for diagnostic use.')
      const times = page.getByRole('table', { name: 'Time per step' })
      expect(await times.getByRole('row', { name: 'Locating the lungs' }).getByRole('cell').innerText()).to.equal('180')
      const results = page.getByRole('table', { name: 'Results of the study, newest first' })
      expect(await results.getByRole('row').last().innerText()).to.match(/pneumonia 0.1.0.*present.*Current finding/is)
      expect(await history(page).innerText()).to.match(/Attempt 1 started/)
      expect(await page.content())
        .to.not.include(planted.id)
        .and.not.include('PLANTED')
      await shot(page, 'study-wide')
    }))

  it('asks whose a study is whose patient was changed in doubt, and analyses it again as decided', () =>
    onStudy(5, async (page, { store }) => {
      const uid = studyUid(5)
      const result = store.results.latestResultKey(uid)!
      const problem = { code: identityInDoubt.code, reason: identityInDoubt().message }
      store.studies.moveTo(uid, { state: 'dead', attempt: 1, problem }, new Date())
      await page.reload()
      const actions = page.getByRole('region', { name: 'Actions' })
      await actions.getByRole('button', { name: /^Same person, name corrected/ }).waitFor()
      await actions.getByRole('button', { name: /^Another person/ }).click()
      await page.getByText('Your decision is noted. The study is analysed again.').waitFor()
      expect(store.results.identityVerdict(result)).to.equal('another-person')
      await until(() => store.studies.get(uid)?.progress.state === 'done')
      await actions.getByRole('button', { name: /^Another person/ }).waitFor({ state: 'detached' })
      await history(page).getByText('decided whose study it is').waitFor()
    }))

  it('lists every attempt, and analyses the study again when Analyse again is pressed with the keyboard', () =>
    onStudy(3, async (page) => {
      expect(await history(page).innerText()).to.match(/Attempt 1 failed and will not be retried.*PIXELS_FILE_DAMAGED/s)
      await shot(page, 'study-dead')
      repaired.add(3)
      await page.getByRole('button', { name: /^Analyse again/ }).focus()
      await page.keyboard.press('Enter')
      await page.getByRole('region', { name: 'Finding' }).getByText('Pneumonia: absent').waitFor()
      const lines = await history(page).getByRole('listitem').allInnerTexts()
      const steps = ['Done. Pneumonia absent', 'Attempt 1 started', 'requested another attempt', 'Attempt 1 failed']
      const places = steps.map((step) => lines.findIndex((line) => line.includes(step)))
      expect(places).to.not.include(-1)
      expect(places).to.deep.equal([...places].sort((one, other) => one - other))
      await page.getByRole('img', { name: /^Picture 1 of 1/ }).waitFor()
    }))

  it('removes a study from the queue with Cancel', () =>
    onStudy(7, async (page) => {
      expect(await history(page).innerText()).to.include('Attempt 1 failed')
      await page.getByRole('button', { name: /^Cancel/ }).click()
      await page.getByRole('region', { name: 'Finding' }).getByText('A user cancelled the analysis.').waitFor()
      await history(page).getByText('A signed-in browser cancelled the analysis.').waitFor()
    }))

  it('records an opinion, keeps the focus on its button, and lists the withdrawal in the history', () =>
    onStudy(2, async (page) => {
      await page.getByRole('button', { name: /^Disagree/ }).focus()
      await page.keyboard.press('Enter')
      await page.locator('button[aria-pressed="true"]', { hasText: 'Disagree' }).waitFor()
      expect(await page.evaluate('document.activeElement.id')).to.equal(`disagree-${studyUid(2)}`)
      await page.keyboard.press('Enter')
      await history(page).getByText('withdrew the opinion').waitFor()
      expect(await history(page).innerText()).to.include(
        'disagreed with “Pneumonia present” (model pneumonia 0.1.0) on the status page',
      )
      await shot(page, 'study-opinion')
    }))

  it('removes finding, probability and picture without reload when the model is retracted', () =>
    onStudy(5, async (page, { ask, service }) => {
      const headers = { 'Content-Type': 'application/json', Authorization: `Bearer ${token}` }
      await ask('/api/retractions', { method: 'POST', headers, body: JSON.stringify({ model: '0.1.0' }) })
      await page.getByText('Do not use its results.').first().waitFor()
      expect(await page.locator('main img').count()).to.equal(0)
      expect(await page.getByRole('region', { name: 'Finding' }).innerText()).to.not.match(/%|present/)
      expect(await page.getByRole('region', { name: 'Results' }).innerText()).to.match(/Withdrawn on \d{4}-\d\d-\d\d/)
      expect(await history(page).innerText()).to.include('A result was withdrawn. The model')
      expect(await violations(page), 'a withdrawn study').to.deep.equal([])
      await page.goto(`${service.url}/`)
      expect(await violations(page), 'the worklist').to.deep.equal([])
      await shot(page, 'study-withdrawn')
    }))

  it('fits a phone screen without overflow', () =>
    onStudy(
      5,
      async (page) => {
        expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390)
        await shot(page, 'study-phone')
      },
      390,
    ))
})
