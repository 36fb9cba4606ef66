import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { z } from 'zod'
import { testTime } from '../running-test.ts'

/** A position in an image: column and row in pixels, with integers at pixel corners. */
type ImagePoint = readonly [number, number]

/** A drawn region of a report: its outline in image pixels and the lines of its label. */
export interface DrawnRegion {
  readonly points: readonly ImagePoint[]
  readonly lines: readonly string[]
  /** Whether the whole label is visible. */
  readonly wholeLabelSeen: boolean
}

/** A screenshot of the viewport, and the bounds of the image in it, in canvas pixels. */
export interface ShownImage {
  readonly png: Buffer
  readonly left: number
  readonly top: number
  readonly width: number
  readonly height: number
}

const point = z.tuple([z.number(), z.number()])
const drawnRegions = z.array(
  z.object({ points: z.array(point), lines: z.array(z.string()), wholeLabelSeen: z.boolean() }),
)
const shownImage = z.object({ url: z.string(), topLeft: point, bottomRight: point })

/** Reads the viewport from the services that OHIF and cornerstone expose on `window` for debugging. */
const viewport = `
  const viewport = window.services.cornerstoneViewportService.getRenderingEngine()?.getViewports()[0]
  const imageId = viewport?.getCurrentImageId?.()
  const { imageToWorldCoords, worldToImageCoords } = window.cornerstone.utilities
`

/** One page of OHIF in a browser. */
export class OhifPage {
  readonly #page: Page

  private constructor(page: Page) {
    this.#page = page
  }

  static async open(browser: Browser): Promise<OhifPage> {
    // Wide enough for the label beside the radiograph, otherwise small, because the CPU renders it.
    const page = await browser.newPage({ viewport: { width: 1400, height: 660 } })
    // OHIF shows a notice and a tour on the first visit. Either may cover the other or disappear, so the click does not
    // wait for the button to be on top.
    for (const greeting of ['Confirm and hide', 'Skip all'])
      await page.addLocatorHandler(page.getByText(greeting, { exact: true }), (button) =>
        button.evaluateAll((buttons: readonly { click(): void }[]) => {
          for (const one of buttons) one.click()
        }),
      )
    return new OhifPage(page)
  }

  /** Opens a study and waits until it lists `seriesCount` series. */
  async openStudy(url: string, seriesCount: number): Promise<void> {
    await this.#page.goto(url)
    const thumbnails = this.#page.locator('[data-cy^="study-browser-thumbnail"]')
    await thumbnails.nth(seriesCount - 1).waitFor({ timeout: 60_000 })
  }

  /** Shows the series of a modality; the study has only one. */
  async showSeries(modality: 'OT' | 'SR' | 'SEG'): Promise<void> {
    const thumbnail = this.#page.locator('[data-cy^="study-browser-thumbnail"]')
    await thumbnail.filter({ hasText: new RegExp(`^${modality}`) }).dblclick()
  }

  /** Answers a prompt of OHIF, for example whether to load a segmentation. */
  async answer(question: string, answer: 'Yes' | 'No'): Promise<void> {
    await this.#page.getByText(question).waitFor()
    await this.#page.getByRole('button', { name: answer, exact: true }).click()
  }

  /** Answers a prompt of OHIF if it is visible. */
  async answerIfAsked(question: string, answer: 'Yes' | 'No'): Promise<void> {
    if (await this.#page.getByText(question).isVisible()) await this.answer(question, answer)
  }

  /** The pane of a report without regions, which OHIF shows as text. */
  textReport(): Locator {
    return this.#page.locator('[data-cy="viewport-pane"]')
  }

  async drawnRegions(): Promise<readonly DrawnRegion[]> {
    return drawnRegions.parse(
      await this.#page.evaluate(`(() => {
        ${viewport}
        if (imageId === undefined) return []
        const seen = viewport.element.getBoundingClientRect()
        const isSeen = ({ left, right, top, bottom }) =>
          left >= seen.left && right <= seen.right && top >= seen.top && bottom <= seen.bottom
        const toImage = ({ x, y }) => [...worldToImageCoords(imageId, viewport.canvasToWorld([x, y]))]
        return [...viewport.element.querySelectorAll('.svg-layer polyline')].map((outline) => {
          const label = outline.nextElementSibling
          return {
            points: [...outline.points].map(toImage),
            lines: [...label.querySelectorAll('tspan')].map((line) => line.textContent),
            wholeLabelSeen: isSeen(label.getBoundingClientRect()),
          }
        })
      })()`),
    )
  }

  /** @returns undefined until the image with this SOP Instance UID is shown */
  async shownImage(sopInstanceUid: string): Promise<ShownImage | undefined> {
    const shown = await this.#page.evaluate(`(() => {
      ${viewport}
      if (imageId === undefined || !imageId.includes('/instances/${sopInstanceUid}/')) return undefined
      const { columns, rows } = viewport.getCornerstoneImage()
      const onCanvas = (place) => viewport.worldToCanvas(imageToWorldCoords(imageId, place))
      return {
        url: viewport.canvas.toDataURL('image/png'),
        topLeft: [...onCanvas([0, 0])],
        bottomRight: [...onCanvas([columns, rows])],
      }
    })()`)
    if (shown === undefined) return undefined
    const { url, topLeft, bottomRight } = shownImage.parse(shown)
    const [[left, top], [right, bottom]] = [topLeft, bottomRight]
    const png = Buffer.from(url.slice(url.indexOf(',') + 1), 'base64')
    return { png, left, top, width: right - left, height: bottom - top }
  }

  async screenshot(file: string): Promise<void> {
    await this.#page.screenshot({ path: file })
  }
}

/** Polls until the value is right or the test has no time left, and returns the last value. */
export async function eventually<Value>(
  look: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  isOver = testTime(),
): Promise<Value> {
  for (;;) {
    const value = await look()
    if (isRight(value) || isOver()) return value
    await pause(300)
  }
}
