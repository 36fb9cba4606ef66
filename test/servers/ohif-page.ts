import { setTimeout as pause } from 'node:timers/promises'
import type { Browser, Locator, Page } from 'playwright-core'
import { z } from 'zod'

/** A place in an image, in pixels: column and row, whole numbers at the corners of pixels. */
type ImagePoint = readonly [number, number]

/** A region of a report as it is drawn: its outline in pixels of the image, and the lines of its label. */
export interface DrawnRegion {
  readonly points: readonly ImagePoint[]
  readonly lines: readonly string[]
  /** Whether no part of the label is cut off. */
  readonly wholeLabelSeen: boolean
}

/** What the viewport shows, and where in it the image's first pixel begins and its last one ends. */
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

/** OHIF gives its services and cornerstone to the window, for people who debug it; so what is on the screen can be asked for. */
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
    // Wide enough that a label beside the radiograph is not cut off, and otherwise small: a processor draws it.
    const page = await browser.newPage({ viewport: { width: 1400, height: 660 } })
    // OHIF greets whoever comes for the first time, with a notice and with a tour. Each may lie over the other and either may go
    // by itself, so they are pressed without waiting for them to be uppermost.
    for (const greeting of ['Confirm and hide', 'Skip all'])
      await page.addLocatorHandler(page.getByText(greeting, { exact: true }), (button) =>
        button.evaluateAll((buttons: readonly { click(): void }[]) => {
          for (const one of buttons) one.click()
        }),
      )
    return new OhifPage(page)
  }

  /** Opens a study and waits until all its series are listed. */
  async openStudy(url: string, seriesCount: number): Promise<void> {
    await this.#page.goto(url)
    const thumbnails = this.#page.locator('[data-cy^="study-browser-thumbnail"]')
    await thumbnails.nth(seriesCount - 1).waitFor({ timeout: 60_000 })
  }

  /** Shows the series of a modality, of which the study has one. */
  async showSeries(modality: 'OT' | 'SR' | 'SEG'): Promise<void> {
    const thumbnail = this.#page.locator('[data-cy^="study-browser-thumbnail"]')
    await thumbnail.filter({ hasText: new RegExp(`^${modality}`) }).dblclick()
  }

  /** Answers a question of OHIF, such as whether to load what is shown. */
  async answer(question: string, answer: 'Yes' | 'No'): Promise<void> {
    await this.#page.getByText(question).waitFor()
    await this.#page.getByRole('button', { name: answer, exact: true }).click()
  }

  /** Answers a question that OHIF does not ask every time, if it is there. */
  async answerIfAsked(question: string, answer: 'Yes' | 'No'): Promise<void> {
    if (await this.#page.getByText(question).isVisible()) await this.answer(question, answer)
  }

  /** The text of a report that is shown as text. */
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

  /** @param sopInstanceUid of the image that must be the one that is shown; undefined is given until it is */
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

/** Looks until it is right, and gives what was seen last. */
export async function eventually<Value>(
  look: () => Promise<Value>,
  isRight: (value: Value) => boolean,
  withinMs = 30_000,
): Promise<Value> {
  const deadline = Date.now() + withinMs
  for (;;) {
    const value = await look()
    if (isRight(value) || Date.now() > deadline) return value
    await pause(300)
  }
}
