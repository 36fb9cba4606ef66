import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import type { Judgement } from '../../../src/feedback/opinion.ts'
import { Feedback } from '../../../src/service/read-back/feedback.ts'
import { toFinding } from '../../../src/service/store/finding.ts'
import { createLog } from '../../../src/log.ts'
import { StudyRecorder } from '../../../src/service/studies/study-recorder.ts'
import { violations } from './axe.ts'
import { launchBrowser, missing, onPage, shot } from './page-bench.ts'
import { prediction, realClock, studyUid, noEffects } from '../../service/fixtures.ts'
import { type ServiceBench, withService } from '../../service/service-bench.ts'

const dayMs = 24 * 60 * 60_000
const weeks = 7
const studiesAWeek = 36

/** Seven weeks of studies, the last two with higher scores, and opinions on some. */
function fill({ store }: ServiceBench): void {
  const log = createLog({ level: 'silent', studyKey: (uid) => uid })
  const feedback = new Feedback(store, new StudyRecorder(store.studies, realClock, log, noEffects), realClock)
  const firstMs = Date.now() - weeks * 7 * dayMs
  for (let number = 0; number < weeks * studiesAWeek; number++) {
    const week = Math.floor(number / studiesAWeek)
    const even = ((number * 25) % studiesAWeek) / studiesAWeek
    const pneumonia = week < weeks - 2 ? even ** 2 : 0.4 + 0.6 * even
    const uid = studyUid(number)
    const arrivedAt = new Date(firstMs + (number * 7 * dayMs) / studiesAWeek)
    store.studies.arrived({ studyInstanceUid: uid }, arrivedAt)
    store.studies.found(
      uid,
      { ...toFinding(prediction(uid, pneumonia), `result-${number}`, {}), pictureCount: 0 },
      arrivedAt,
    )
    if (number % 12 !== 0) continue
    const reading = pneumonia > 0.5 ? 'present' : 'absent'
    const document = { id: `DiagnosticReport/${number}`, version: '1' }
    feedback.fromReport({ studyInstanceUid: uid, reading, source: 'fhir', document })
  }
  const record = store.studies.get(studyUid(0))!
  feedback.fromPage(record, 'result-0', 'disagree' satisfies Judgement, 'session')
}

describe(`the agreement and drift page in a browser${missing}`, function () {
  this.timeout(60_000)
  let browser: Browser

  before(async function () {
    if (missing !== '') this.skip()
    browser = await launchBrowser()
  })
  after(async () => {
    if (missing === '') await browser.close()
  })

  /** Opens the page with the link of the worklist. Fails on any browser error, including blocked styles. */
  const onQualityPage = (width: number, prepare: typeof fill, test: (page: Page) => Promise<void>): Promise<void> =>
    withService({}, async (bench) => {
      prepare(bench)
      await onPage(browser, width, async (page) => {
        await page.goto(bench.service.loginUrl)
        await page.getByRole('link', { name: 'Agreement and drift' }).click()
        await page.getByRole('heading', { name: 'Score drift' }).waitFor()
        await test(page)
        await shot(page, `quality-${width}`)
      })
    })

  it('shows reader agreement with confidence intervals', () =>
    onQualityPage(1280, fill, async (page) => {
      const agreement = page.getByRole('table', { name: 'Reader agreement' })
      const row = (name: string) => agreement.getByRole('row', { name })
      expect(await row('All results').innerText()).to.match(/\d+ % \(\d+ % to \d+ %\)/)
      expect(await row('Agree/Disagree buttons').getByRole('cell').allInnerTexts()).to.deep.equal([
        ...['0', '1', '0 % (0 % to 79 %)', '0', '0'],
      ])
      const undetermined = (await row('Pneumonia undetermined').getByRole('cell').allInnerTexts()).map(Number)
      expect(undetermined.slice(0, 2)).to.deep.equal([0, 0])
      expect(undetermined[3]! + undetermined[4]!).to.be.greaterThan(0)
    }))

  it('shows the shift of the last weeks in chart and table', () =>
    onQualityPage(1280, fill, async (page) => {
      const table = page.getByRole('table', { name: 'Scores of pneumonia 0.1.0 by week' })
      expect(await table.getByText('reference', { exact: true }).count()).to.be.greaterThan(0)
      expect(await table.getByText(/: large shift$/).count()).to.be.within(1, 3)
      const chart = page.getByRole('img', { name: /^Scores by week from/ })
      const box = await chart.locator('rect.quartiles').first().boundingBox()
      expect(box?.width).to.be.greaterThan(10)
      // The colour comes from the style sheet, because the page may have no inline style.
      const fillColour = await page.evaluate('getComputedStyle(document.querySelector(".drift .share.present")).fill')
      expect(fillColour).to.equal('rgb(255, 180, 84)')
      expect(await violations(page)).to.deep.equal([])
    }))

  it('fits a phone screen without overflow and keeps its table roles', () =>
    onQualityPage(390, fill, async (page) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(390)
      expect(await page.getByRole('row', { name: 'All results' }).getByRole('cell').count()).to.equal(5)
    }))

  it('states that there are no studies and opinions yet', () =>
    onQualityPage(
      700,
      () => undefined,
      async (page) => {
        await page.getByText('No analysed studies yet.').waitFor()
        expect(await page.getByText('none yet').count()).to.be.greaterThan(3)
      },
    ))
})
