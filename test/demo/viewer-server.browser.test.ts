import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser, Page } from 'playwright-core'
import { fetchViewer } from '../../src/demo/ohif.ts'
import { userCacheDir } from '../../src/commands/user-cache.ts'
import { type OrthancProcess, startOrthanc } from '../../src/demo/orthanc-process.ts'
import { type ViewerServer, startViewerServer } from '../../src/demo/viewer-server.ts'
import { launchChromium } from '../servers/chromium.ts'
import { childChestRadiograph } from '../servers/dicom-samples.ts'
import { until } from '../service/fixtures.ts'

describe('the viewer of the demo in Chromium (skipped if npm cannot download OHIF)', function () {
  this.timeout(300_000)
  const sample = childChestRadiograph({ rows: 256, columns: 256, tags: { PatientName: 'Viewed^Child' } })
  let dir: string
  let orthanc: OrthancProcess | undefined
  let viewer: ViewerServer | undefined
  let browser: Browser | undefined

  before(async function () {
    const files = await fetchViewer(userCacheDir(process.env), () => undefined)
    if (files.kind === 'unavailable') return this.skip()
    dir = await mkdtemp(join(tmpdir(), 'lung-triage-viewer-'))
    orthanc = await startOrthanc({ dir })
    await upload(orthanc, sample.bytes)
    viewer = await startViewerServer({ ...orthanc, distDir: files.dir })
    browser = await launchChromium()
  })

  after(async () => {
    await browser?.close()
    await viewer?.stop()
    await orthanc?.stop('SIGKILL')
    if (orthanc) await rm(dir, { recursive: true })
  })

  it('lists the studies of the archive', async () => {
    const page = await newPage()
    await page.goto(viewer!.url)
    await page.getByText('Viewed, Child').first().waitFor({ timeout: 90_000 })
    expect(await page.getByText('Chest AP').count(), 'the description of the study').to.equal(1)
    expect(page.url(), 'the key has left the address').not.to.contain('key=')
  })

  it('shows the radiograph of a study', async () => {
    const page = await newPage()
    await page.goto(viewer!.studyUrl.replace('{StudyInstanceUID}', sample.studyInstanceUid))
    const canvas = page.locator('canvas.cornerstone-canvas').first()
    await canvas.waitFor({ timeout: 90_000 })
    let levels = 0
    await until(async () => (levels = await grayLevels(page)) > 1, 500)
    expect(levels).to.be.above(1)
  })

  it('answers 401 without the key and 405 to a change of the archive', async () => {
    const { origin } = new URL(viewer!.url)
    expect((await fetch(`${origin}/dicom-web/studies`)).status).to.equal(401)
    const page = await newPage()
    await page.goto(viewer!.url)
    const status = await page.evaluate(async () => (await fetch('/dicom-web/studies', { method: 'POST' })).status)
    expect(status).to.equal(405)
  })

  async function newPage(): Promise<Page> {
    const context = await browser!.newContext({ viewport: { width: 1200, height: 800 } })
    return context.newPage()
  }
})

async function upload(orthanc: OrthancProcess, bytes: Uint8Array<ArrayBuffer>): Promise<void> {
  const response = await fetch(`${orthanc.url}/instances`, {
    method: 'POST',
    body: bytes,
    headers: { Authorization: `Basic ${btoa(`${orthanc.username}:${orthanc.password}`)}` },
  })
  expect(response.status).to.equal(200)
}

/** Number of different gray levels in the viewport; an empty viewport has one. */
function grayLevels(page: Page): Promise<number> {
  return page.evaluate(`(() => {
    const canvas = document.querySelector('canvas.cornerstone-canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return new Set(data.filter((_, index) => index % 4 === 0)).size
  })()`)
}
