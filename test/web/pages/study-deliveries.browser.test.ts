import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { busy, refused } from '../../../src/clients/http/errors.ts'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { pictureFile, studyUid, until } from '../../service/fixtures.ts'
import { scriptedTarget } from '../../service/scripted-target.ts'
import { type ServiceBench, arrivalOf, withService } from '../../service/service-bench.ts'
import { violations } from './axe.ts'
import { launchBrowser, missing, onPage, shot } from './page-bench.ts'

const uid = studyUid(1)
const answer = `{"resourceType":"OperationOutcome","diagnostics":"<b>${'no-such-code-'.repeat(12)}</b>"}`
const wrong = new TriageError(refused, 'permanent', `The FHIR server refused the bundle: ${answer}`)
const down = new TriageError(busy, 'transient', 'The HL7 receiver is busy.')

describe(`the deliveries of a study in a browser${missing}`, function () {
  this.timeout(60_000)
  let browser: Browser

  before(async function () {
    if (missing !== '') this.skip()
    browser = await launchBrowser()
  })
  after(async () => {
    if (missing === '') await browser.close()
  })

  /** Opens the page of a study that the archive has, that FHIR refused and for which HL7 waits. */
  const onDeliveries = async (width: number, test: (page: Page, bench: Bench) => Promise<void>): Promise<void> => {
    const jpeg = await pictureFile()
    let mended = false
    const take = (error: TriageError) => scriptedTarget(() => (mended ? Promise.resolve() : Promise.reject(error)))
    const targets = { archive: scriptedTarget(() => Promise.resolve()), fhir: take(wrong), hl7: take(down) }
    return withService({ targets, jpeg }, async (bench) => {
      await bench.feed(arrivalOf(uid))
      const states = () => bench.store.deliveries.ofStudy(uid).map(({ state, attempts }) => `${state} ${attempts}`)
      await until(() => states().join() === 'done 0,dead 1,pending 1')
      await onPage(browser, width, async (page) => {
        await page.goto(bench.service.loginUrl)
        await page.goto(`${bench.service.url}/studies/${uid}`)
        await page.getByText('Live', { exact: true }).waitFor()
        await test(page, { ...bench, mend: () => (mended = true) })
      })
    })
  }
  const row = (page: Page, target: string) => page.getByRole('row', { name: target })

  it("show state and the server's own words, and deliver after Retry without reload", () =>
    onDeliveries(1280, async (page, { mend }) => {
      expect(await row(page, 'Archive').innerText()).to.match(/Delivered/)
      expect(await row(page, 'FHIR server').innerText())
        .to.include('needs a look')
        .and.include(answer)
      expect(await row(page, 'HL7 receiver').innerText()).to.match(/On its way, next attempt .*is busy/s)
      await shot(page, 'deliveries-wide')
      mend()
      for (const target of ['FHIR server', 'HL7 receiver']) {
        await row(page, target).getByRole('button', { name: 'Retry' }).focus()
        await page.keyboard.press('Enter')
        await row(page, target).getByText('Delivered').waitFor()
        await page.getByText('The delivery is tried again now.').waitFor({ state: 'attached' })
      }
      expect(await page.getByRole('button', { name: / delivery to / }).count()).to.equal(0)
    }))

  it('are acknowledged with a reason by keyboard, and not without one or after Cancel', () =>
    onDeliveries(1280, async (page, { store }) => {
      const told = () => store.deliveries.ofStudy(uid).find(({ target }) => target === 'fhir')?.acknowledgement
      const open = () => row(page, 'FHIR server').getByRole('button', { name: 'Acknowledge' }).press('Enter')
      const dialog = page.getByRole('dialog', { name: 'Acknowledge a failed delivery' })
      await open()
      await shot(page, 'deliveries-dialog')
      expect(await violations(page), 'the dialog').to.deep.equal([])
      await page.keyboard.press('Enter')
      expect(await dialog.isVisible(), 'a reason is required').to.equal(true)
      await page.keyboard.type('Not this one.')
      await dialog.getByRole('button', { name: 'Cancel' }).click()
      await open()
      await page.keyboard.type('Nor this one.')
      await page.keyboard.press('Escape')
      await open()
      await page.keyboard.type('Sent by hand <4711>.')
      await page.keyboard.press('Enter')
      await row(page, 'FHIR server').getByText('Failed, acknowledged').waitFor()
      expect(await row(page, 'FHIR server').innerText()).to.match(
        /A signed-in browser acknowledged this at .*: Sent by hand <4711>\./,
      )
      expect(told()?.reason).to.equal('Sent by hand <4711>.')
      expect(
        store.actions
          .ofStudy(uid)
          .map(({ action }) => action)
          .filter((action) => action !== 'view-picture'),
      ).to.deep.equal(['acknowledge-delivery'])
      expect(await row(page, 'FHIR server').getByRole('button').allInnerTexts()).to.have.length(1)
      await shot(page, 'deliveries-acknowledged')
      expect(await violations(page), 'an acknowledged delivery').to.deep.equal([])
    }))

  it('fit a phone screen without overflow, on the page of the study and on the worklist', () =>
    onDeliveries(390, async (page, { service }) => {
      const width = () => page.evaluate('document.documentElement.scrollWidth')
      expect(await width()).to.equal(390)
      await shot(page, 'deliveries-phone')
      expect(await violations(page), 'a dead letter').to.deep.equal([])
      await row(page, 'FHIR server').getByRole('button', { name: 'Acknowledge' }).click()
      expect(await width()).to.equal(390)
      await shot(page, 'deliveries-dialog-phone')
      await page.goto(`${service.url}/?state=undelivered`)
      await page.getByText('FHIR server: delivery failed, needs a look').waitFor()
      expect(await width()).to.equal(390)
      await shot(page, 'deliveries-worklist-phone')
    }))
})

type Bench = ServiceBench & { readonly mend: () => void }
