import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { Browser } from 'playwright-core'
import sharp from 'sharp'
import { z } from 'zod'
import { launchChromium } from './servers/chromium.ts'

// Makes the screenshots of README.md from a demo with synthetic radiographs: `npm run screenshots [-- FOLDER]`.

const line = z.union([
  z.object({ event: z.literal('addresses'), viewer: z.string(), statusPage: z.string() }),
  z.object({
    event: z.literal('study'),
    studyInstanceUid: z.string(),
    decision: z.string().nullable(),
    pneumonia: z.number().nullable(),
  }),
])
type Line = z.output<typeof line>
type Study = Extract<Line, { event: 'study' }>

const studies = 12
const folder = process.argv[2] ?? 'docs'

const demo = spawn(process.execPath, ['src/cli.ts', 'demo', '--synthetic', '--json'], {
  stdio: ['ignore', 'pipe', 'inherit'],
})
const browser = await launchChromium()
try {
  const { addresses, finished } = await untilAllEnded(demo)
  await takePicture(browser, addresses.statusPage, join(folder, 'status-page.png'), 4000)
  const [shown] = finished
    .filter((study) => study.pneumonia !== null)
    .sort((one, other) => other.pneumonia! - one.pneumonia!)
  if (shown === undefined) throw new Error('no study was analysed')
  const key = new URL(addresses.viewer)
  key.pathname = '/viewer'
  key.searchParams.set('StudyInstanceUIDs', shown.studyInstanceUid)
  await takeViewerPictures(browser, key.href)
} finally {
  await browser.close()
  demo.kill('SIGINT')
  await once(demo, 'exit')
}

async function untilAllEnded(
  child: ChildProcess,
): Promise<{ addresses: Extract<Line, { event: 'addresses' }>; finished: Study[] }> {
  let addresses: Extract<Line, { event: 'addresses' }> | undefined
  const finished: Study[] = []
  for await (const text of createInterface({ input: child.stdout! })) {
    const parsed = line.parse(JSON.parse(text))
    if (parsed.event === 'addresses') addresses = parsed
    else finished.push(parsed)
    if (addresses !== undefined && finished.length === studies) return { addresses, finished }
  }
  throw new Error('the demo ended before all studies had')
}

async function takePicture(where: Browser, url: string, file: string, settleMs: number): Promise<void> {
  const page = await where.newPage({ viewport: { width: 1280, height: 860 } })
  await page.goto(url)
  await pause(settleMs)
  await save(await page.screenshot(), file)
  await page.close()
}

/** Takes OHIF with the report's box on the radiograph, then with our picture. */
async function takeViewerPictures(where: Browser, url: string): Promise<void> {
  // Wide enough that the labels beside the radiograph are not cut off.
  const page = await where.newPage({ viewport: { width: 1760, height: 840 } })
  await page.goto(url)
  const thumbnails = page.locator('[data-cy^="study-browser-thumbnail"]')
  await thumbnails.first().waitFor({ timeout: 90_000 })
  // Closes the notice and the tour that OHIF shows on the first visit.
  for (const greeting of ['Confirm and hide', 'Skip all']) {
    await page
      .getByText(greeting)
      .first()
      .click({ timeout: 10_000 })
      .catch(() => undefined)
  }
  await page.locator('[data-cy="study-browser-thumbnail-no-image"]').first().dblclick()
  await page.getByText('No', { exact: true }).first().click({ timeout: 20_000 })
  await page.locator('svg text').first().waitFor({ timeout: 60_000, state: 'attached' })
  await pause(8000)
  await save(await page.screenshot(), join(folder, 'ohif-report.png'))
  await thumbnails.nth(1).dblclick()
  await pause(8000)
  await save(await page.screenshot(), join(folder, 'ohif-picture.png'))
  await page.close()
}

async function save(png: Buffer, file: string): Promise<void> {
  await sharp(png).resize(1120).png({ palette: true, colours: 48, dither: 0, effort: 10 }).toFile(file)
}
