import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { violations } from './axe.ts'
import { studyUid } from '../../service/fixtures.ts'
import { launchBrowser, missing, onWorklist, shot } from './page-bench.ts'

/** Ids of the elements that Tab reaches, in tab order. */
async function tabOrder(page: Page): Promise<readonly string[]> {
  const reached: string[] = []
  await page.evaluate('document.activeElement.blur()')
  while (reached.length < 1000) {
    await page.keyboard.press('Tab')
    const id = await page.evaluate<string | null>(
      'document.activeElement === document.body ? null : document.activeElement.id',
    )
    if (id === null) return reached
    reached.push(id)
  }
  throw new Error(`Tab does not leave the page after ${reached.slice(0, 20).join(', ')}`)
}

describe(`accessibility of the pages${missing}`, function () {
  this.timeout(120_000)
  let browser: Browser

  before(async function () {
    if (missing !== '') this.skip()
    browser = await launchBrowser()
  })
  after(async () => {
    if (missing === '') await browser.close()
  })

  for (const [name, width] of [
    ['a desktop', 1280],
    ['a phone', 390],
  ] as const) {
    it(`has no axe-core violations on ${name}`, () =>
      onWorklist(browser, { width }, async (page, { service }) => {
        const studies = [1, 3, 4, 5, 6, 7, 8].map((number) => `studies/${studyUid(number)}`)
        for (const path of ['', '?finding=x&search=nowhere', 'quality', ...studies]) {
          await page.goto(`${service.url}/${path}`)
          await page.waitForLoadState('load')
          expect(await violations(page), path).to.deep.equal([])
          if (path === 'quality') expect(await page.evaluate('document.documentElement.scrollWidth')).to.equal(width)
        }
        await page.goto(`${service.url}/`)
        await page.locator('summary').first().click()
        await page.locator('.picture').first().click()
        expect(await violations(page), 'an enlarged picture').to.deep.equal([])
        const stranger = await browser.newContext({ viewport: { width, height: 700 } })
        const signIn = await stranger.newPage()
        await signIn.goto(service.url)
        expect(await violations(signIn), 'signing in').to.deep.equal([])
        await shot(signIn, `sign-in-${width}`)
        await stranger.close()
      }))
  }

  it('check detects a missing alt text', () =>
    onWorklist(browser, { width: 1280 }, async (page) => {
      await page.evaluate('document.querySelector(".picture img").removeAttribute("alt")')
      expect((await violations(page)).join()).to.include('image-alt')
    }))

  it('lets the keyboard reach every filter and button', () =>
    onWorklist(browser, { width: 1280 }, async (page, { service }) => {
      const onWorklistPage = await tabOrder(page)
      const controls = [
        'filter-decision',
        'filter-state',
        'filter-search',
        `open-${studyUid(5)}`,
        `agree-${studyUid(5)}`,
      ]
      const rows = [`retry-${studyUid(3)}`, `retry-${studyUid(7)}`, `cancel-${studyUid(7)}`]
      expect(onWorklistPage).to.include.members([...controls, ...rows])
      await page.goto(`${service.url}/studies/${studyUid(7)}`)
      expect(await tabOrder(page)).to.include.members([`viewer-${studyUid(7)}`, ...rows.slice(1)])
    }))
})
