import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { expect } from 'chai'
import type { Browser } from 'playwright-core'
import type { ImagePrediction } from '../../../src/classify/prediction.ts'
import { dicomObjects } from '../../../src/report/result-kinds.ts'
import { StowStore } from '../../../src/deliver/dicom-store.ts'
import { fetchViewer } from '../../../src/demo/ohif.ts'
import { type ViewerServer, startViewerServer } from '../../../src/demo/viewer-server.ts'
import type { DicomDataset } from '../../../src/dicom/dataset.ts'
import type { Box } from '../../../src/pixels/radiograph.ts'
import { percent } from '../../../src/report/percent.ts'
import { userCacheDir } from '../../../src/commands/user-cache.ts'
import { testTime } from '../../running-test.ts'
import { launchChromium } from '../../servers/chromium.ts'
import { type DrawnRegion, OhifPage, eventually } from '../../servers/ohif-page.ts'
import { withOrthanc } from '../../servers/orthanc.ts'
import { differenceFrom, tintedAsLungs } from '../picture/shown-pixels.ts'
import { type Finding, type RadiographOptions, type ViewerStudy, viewerStudy } from './viewer-study.ts'

/** A report without its regions is reopened after as many polls. A busy machine also polls less often. */
const pollsUntilReopened = 30

/** Screenshots for manual review, kept after the run. */
const screenshotDir = join('coverage', 'screenshots')

const spacing = (tag: string, mm: number): DicomDataset => ({ [tag]: { vr: 'DS', Value: [mm, mm] } })

/** The outcomes also differ in pixel spacing (none, detector, patient) and in whether 8 divides the pixel count. */
const analysedStudies: Readonly<Record<string, readonly [Finding, RadiographOptions]>> = {
  present: [{ pneumonia: 0.8764 }, { width: 510, height: 601 }],
  absent: [{ pneumonia: 0.0431 }, { width: 512, height: 600, attributes: spacing('00181164', 0.2) }],
  undetermined: [{ pneumonia: 0.4449 }, { width: 511, height: 601, attributes: spacing('00280030', 0.143) }],
}

const textStudies: Readonly<Record<string, Finding>> = {
  'not analysed': {
    outcome: 'refused',
    code: 'AGE_OUTSIDE_RANGE',
    reason: 'The patient is 34 years old; the network knows ages 1 to 5.',
  },
  failed: {
    outcome: 'failed',
    code: 'PIXELS_WRONG_LENGTH',
    reason: 'The pixel data end before the image does. Send the study again',
  },
}

describe('results in OHIF, from a real archive (skipped if npm cannot fetch OHIF)', function () {
  this.timeout(300_000)
  const orthanc = withOrthanc()
  let viewer: ViewerServer | undefined
  let browser: Browser | undefined
  let page: OhifPage

  before(async function () {
    const files = await fetchViewer(userCacheDir(process.env), () => undefined)
    if (files.kind === 'unavailable') return this.skip()
    await mkdir(screenshotDir, { recursive: true })
    viewer = await startViewerServer({ ...orthanc().process, distDir: files.dir })
    browser = await launchChromium()
    page = await OhifPage.open(browser)
  })

  after(async () => {
    await browser?.close()
    await viewer?.stop()
  })

  afterEach(async function () {
    if (this.currentTest?.state === 'failed') await keepScreenshot(`failed ${this.currentTest.fullTitle().slice(-80)}`)
  })

  /** Stores a study and its results as the service does, and opens it. */
  const open = async ({ radiograph, results }: ViewerStudy): Promise<void> => {
    await orthanc().send(radiograph)
    const written = dicomObjects(results.parts)
    await new StowStore(orthanc().dicomWeb).storeObjects(results.studyInstanceUid, written)
    await page.openStudy(viewer!.studyUrl.replace('{StudyInstanceUID}', results.studyInstanceUid), 1 + written.length)
  }

  const labelledRegions = async () =>
    (await page.drawnRegions()).filter(({ lines }) => lines[0]?.startsWith('Pneumonia') === true)

  /** Reopens the report if OHIF shows it without its regions, which happens on a busy machine. */
  const openReport = async ({ results: { parts } }: ViewerStudy): Promise<readonly DrawnRegion[]> => {
    const isOver = testTime()
    for (;;) {
      await page.showSeries('SR')
      let polls = 0
      const labelled = await eventually(
        labelledRegions,
        (regions) => regions.length > 0 || ++polls === pollsUntilReopened,
        isOver,
      )
      if (labelled.length > 0 || isOver()) return labelled
      await page.showSeries('OT')
      await eventually(
        () => page.shownImage(parts.pictures![0]!.sopInstanceUid),
        (shown) => shown !== undefined,
      )
    }
  }
  const keepScreenshot = (name: string) =>
    page.screenshot(join(screenshotDir, `ohif-${name.replaceAll(/[^a-z]+/g, '-')}.png`))

  for (const [index, [name, [finding, radiograph]]] of Object.entries(analysedStudies).entries()) {
    describe(`a study with pneumonia ${name}`, () => {
      let study: ViewerStudy
      let image: ImagePrediction

      before(async () => {
        study = await viewerStudy(index + 1, finding, radiograph)
        if (study.prediction.kind !== 'analysed') throw new Error('the study was analysed')
        image = study.prediction.images[0]
        await open(study)
      })

      it('draws the box of the report on the lungs, with finding and percentage', async () => {
        const labelled = await openReport(study)
        // Waits for the drawing: an earlier answer can stop OHIF from drawing at all.
        await page.answerIfAsked('Do you want to continue tracking measurements for this study?', 'No')
        expect(labelled).to.have.length(1)
        // While the viewport is resized, drawings are still at their old position.
        const atRest = await eventually(
          labelledRegions,
          ([region]) => region !== undefined && farthestEdge(region, image.lungs.box) <= 1,
        )
        expect(farthestEdge(atRest[0]!, image.lungs.box), 'pixels beside the lung box').to.be.at.most(1)
        const [, decision, percentage] = /^Pneumonia prob\. \((\w+)\): ([\d.]+) %$/.exec(labelled[0]!.lines[0]!) ?? []
        expect([decision, Number(percentage)]).to.deep.equal([name, percent(image.probabilities.pneumonia)])
        expect(labelled[0]!.wholeLabelSeen, 'the whole label is seen').to.equal(true)
        await keepScreenshot(`${name}-report`)
      })

      it('overlays the segmentation on the lungs', async () => {
        const { lungs, header } = image
        if (lungs.kind !== 'found') throw new Error('the lungs were found')
        await page.showSeries('SEG')
        await page.answer('Do you want to open this Segmentation?', 'Yes')
        const agreement = async () => {
          const shown = await page.shownImage(header.sopInstanceUid)
          return shown === undefined ? 0 : tintedAsLungs(lungs.mask, shown)
        }
        expect(await eventually(agreement, (share) => share > 0.99)).to.be.above(0.99)
        await keepScreenshot(`${name}-segmentation`)
      })

      it('shows the picture unchanged', async () => {
        const { parts, pagePictures } = study.results
        await page.showSeries('OT')
        const difference = async () => {
          const shown = await page.shownImage(parts.pictures![0]!.sopInstanceUid)
          return shown === undefined ? Infinity : differenceFrom(pagePictures[0]!, shown)
        }
        expect(await eventually(difference, (levels) => levels < 5)).to.be.below(5)
        await keepScreenshot(`${name}-picture`)
      })
    })
  }

  for (const [index, [name, finding]] of Object.entries(textStudies).entries()) {
    it(`shows the reason as text if there is no finding: ${name}`, async () => {
      await open(await viewerStudy(11 + index, finding))
      await page.showSeries('SR')
      const reason = 'reason' in finding ? finding.reason : ''
      await page.textReport().getByText(`Not analysed for pneumonia: ${reason}`).waitFor()
      const text = await page.textReport().innerText()
      expect(text).to.contain('Not for diagnostic use').and.to.not.contain(' %')
      await keepScreenshot(name)
    })
  }
})

/** Largest distance of a region's edges from their expected position, in image pixels. */
function farthestEdge({ points }: DrawnRegion, box: Box): number {
  const [columns, rows] = [points.map(([x]) => x), points.map(([, y]) => y)]
  const edges = [Math.min(...columns), Math.max(...columns), Math.min(...rows), Math.max(...rows)]
  const expected = [box.x, box.x + box.width, box.y, box.y + box.height]
  return Math.max(...edges.map((edge, index) => Math.abs(edge - expected[index]!)))
}
