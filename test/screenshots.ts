import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Browser, chromium } from 'playwright-core'
import sharp from 'sharp'
import { z } from 'zod'

// Makes the pictures of the README from a demo with synthetic radiographs: `npm run screenshots [-- FOLDER]`.

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
const browser = await chromium.launch({
  executablePath: '/usr/bin/chromium',
  args: [
    '--no-sandbox',
    '--disable-gpu',
    '--disable-background-networking',
    '--use-gl=angle',
    '--use-angle=swiftshader',
    '--enable-unsafe-swiftshader',
  ],
})
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
  await takeViewerPicture(browser, key.href, join(folder, 'ohif.png'))
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

/** OHIF with the picture on the left and the radiograph with the report's box on the right. */
async function takeViewerPicture(where: Browser, url: string, file: string): Promise<void> {
  const page = await where.newPage({ viewport: { width: 1440, height: 860 } })
  await page.goto(url)
  await page.locator('canvas.cornerstone-canvas').first().waitFor({ timeout: 90_000 })
  await pause(15_000)
  await save(await page.screenshot(), file)
  await page.close()
}

async function save(png: Buffer, file: string): Promise<void> {
  await sharp(png).png({ palette: true, quality: 90, compressionLevel: 9, effort: 10 }).toFile(file)
}
