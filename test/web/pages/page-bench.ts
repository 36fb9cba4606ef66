import { existsSync } from 'node:fs'
import { expect } from 'chai'
import { type Browser, type Page, chromium } from 'playwright-core'
import { TriageError } from '../../../src/errors/triage-error.ts'
import { unreachable } from '../../../src/clients/http/errors.ts'
import { fileDamaged } from '../../../src/dicom/errors.ts'
import type { StudyRef } from '../../../src/intake/study.ts'
import type { StudyOutcome } from '../../../src/pipeline.ts'
import { pictureFile, studyUid, until } from '../../service/fixtures.ts'
import { type ServiceBench, arrivalOf, withService } from '../../service/service-bench.ts'

const executablePath = '/usr/bin/chromium'
/** Suffix for titles of tests that need a browser; empty if it is installed. */
export const missing = existsSync(executablePath) ? '' : ` (skipped: there is no ${executablePath})`
/** Folder for screenshots, for work on the pages. */
const screenshots = process.env['LUNG_TRIAGE_SCREENSHOTS']

export function launchBrowser(): Promise<Browser> {
  const args = ['--no-sandbox', '--disable-gpu', '--disable-background-networking']
  return chromium.launch({ executablePath, headless: true, args })
}

const unreadable = new TriageError(fileDamaged, 'permanent', 'The file ends before its pixel data does; send it again.')
const down = new TriageError(unreachable, 'transient', 'The archive does not answer; is it running?')

/** Outcome of each study by number: a probability of pneumonia or a state. */
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

/** Gives each study its outcome; `repaired` studies get an absent finding. */
export function find(repaired: ReadonlySet<number>): (study: StudyRef) => number | Promise<StudyOutcome> {
  return ({ studyInstanceUid }) => {
    const number = Number(studyInstanceUid.split('.').at(-1))
    const fate = repaired.has(number) ? 0.05 : (fates[number] ?? 0.3)
    if (typeof fate === 'number') return fate
    if (fate === 'dead') return Promise.reject(unreadable)
    if (fate === 'retrying') return Promise.reject(down)
    if (fate === 'active') return new Promise(() => undefined)
    const reason = { sopInstanceUid: '1.2', code: 'NOT_RADIOGRAPHY', reason: 'CT images are not analysed.' } as const
    return Promise.resolve({ kind: 'skipped', reasons: [reason] })
  }
}

const settled: Readonly<Record<string, string>> = {
  dead: 'dead',
  retrying: 'retrying',
  skipped: 'skipped',
  active: 'active',
}

export async function fill({ feed, store }: ServiceBench): Promise<void> {
  for (const [number, fate] of Object.entries(fates)) {
    const uid = studyUid(Number(number))
    await feed(arrivalOf(uid))
    await until(() => store.studies.get(uid)?.progress.state === (settled[String(fate)] ?? 'done'))
  }
}

/** Opens the worklist with the sign-in link. Fails on any browser error, including blocked scripts and styles. */
export async function onWorklist(
  browser: Browser,
  { width, repaired = new Set() }: { readonly width: number; readonly repaired?: ReadonlySet<number> },
  test: (page: Page, bench: ServiceBench) => Promise<void>,
): Promise<void> {
  const options = {
    jpeg: await pictureFile(),
    find: find(repaired),
    viewerUrl: 'http://127.0.0.1:9/viewer?StudyInstanceUIDs={StudyInstanceUID}',
  }
  await withService(options, async (bench) => {
    await fill(bench)
    await onPage(browser, width, async (page) => {
      await page.goto(bench.service.loginUrl)
      await page.getByText('Live', { exact: true }).waitFor()
      await test(page, bench)
    })
  })
}

/** Opens an empty page. Fails on any browser error, including blocked scripts and styles. */
export async function onPage(browser: Browser, width: number, test: (page: Page) => Promise<void>): Promise<void> {
  const context = await browser.newContext({ viewport: { width, height: 900 } })
  const page = await context.newPage()
  const errors: string[] = []
  page.on('pageerror', (error) => errors.push(error.message))
  page.on('console', (message) => {
    if (message.type() === 'error') errors.push(message.text())
  })
  await test(page)
  expect(errors).to.deep.equal([])
  await context.close()
}

/** Takes a screenshot if a folder is set. */
export async function shot(page: Page, name: string): Promise<void> {
  if (screenshots !== undefined) await page.screenshot({ path: `${screenshots}/${name}.png`, fullPage: true })
}
