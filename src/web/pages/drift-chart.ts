import { decisions } from '../../classify/prediction.ts'
import type { Week } from '../../feedback/drift.ts'
import { type Html, html } from './html.ts'
import { isoDate, wholePercent } from './words.ts'

const widestPlot = 670
const plot = { left: 52, right: 8, top: 10, height: 170 }
const barHeight = 46
const gap = 18
const widestStep = 36
const height = plot.top + plot.height + gap + barHeight + 24

/** Minimum width of the date below a week. */
const dateWidth = 90

/**
 * Weekly probability (interquartile range and median) and decisions. An SVG styled by classes, because the content
 * security policy allows no inline style. The table below it has the same numbers.
 */
export function driftChart(weeks: readonly Week[], id: string): Html {
  const step = Math.min(widestStep, widestPlot / weeks.length)
  const everyWeeks = Math.ceil(dateWidth / step)
  const right = plot.left + step * weeks.length
  const width = Math.ceil(Math.max(right, plot.left + dateWidth) + plot.right)
  return html`<p class="legend">
      Top: probability of pneumonia (interquartile range and median). Bottom: share of each decision.
    </p>
    <svg
      class="drift"
      viewBox="0 0 ${width} ${height}"
      width="${width}"
      height="${height}"
      role="img"
      aria-labelledby="${id}-title"
    >
      <title id="${id}-title">${titleOf(weeks)}</title>
      ${[0, 0.5, 1].map((share) => gridLine(share, right))}
      ${weeks.map((week, index) => html`${quartileBox(week, index, step)} ${decisionBar(week, index, step)}`)}
      ${weeks.flatMap(({ start }, index) =>
        index % everyWeeks === 0 && plot.left + step * index + dateWidth <= width
          ? html`<text class="axis" x="${number(plot.left + step * index)}" y="${height - 6}">${isoDate(start)}</text>`
          : [],
      )}
    </svg>
    <p class="legend" aria-hidden="true">${decisions.map(legendEntry)}</p>`
}

function titleOf(weeks: readonly Week[]): string {
  const [first, last] = [weeks[0], weeks.at(-1)]
  if (first === undefined || last === undefined) return 'No data yet'
  const median = (week: Week): string => wholePercent(week.quartiles[1])
  return `Scores by week from ${isoDate(first.start)} to ${isoDate(last.start)}; the median was ${median(first)} in the first week and ${median(last)} in the last. The table below has all numbers.`
}

function gridLine(share: number, right: number): Html {
  const y = number(yOf(share))
  return html`<line class="grid" x1="${plot.left}" x2="${number(right)}" y1="${y}" y2="${y}" />
    <text class="axis" x="${plot.left - 6}" y="${number(yOf(share) + 4)}" text-anchor="end"
      >${wholePercent(share)}</text
    >`
}

/** A box from lower to upper quartile, at least one unit high, with a line at the median. */
function quartileBox({ quartiles: [lower, median, upper] }: Week, index: number, step: number): Html {
  const x = plot.left + step * (index + 0.2)
  const middle = number(yOf(median))
  return html`<rect
      class="quartiles"
      x="${number(x)}"
      y="${number(yOf(upper))}"
      width="${number(step * 0.6)}"
      height="${number(Math.max(1, yOf(lower) - yOf(upper)))}"
    />
    <line class="median" x1="${number(x)}" x2="${number(x + step * 0.6)}" y1="${middle}" y2="${middle}" />`
}

/** A stacked bar: present at the bottom, absent at the top. */
function decisionBar({ shares }: Week, index: number, step: number): Html {
  const x = number(plot.left + step * (index + 0.2))
  const bottom = plot.top + plot.height + gap + barHeight
  const part = (decision: keyof Week['shares'], below: number): Html =>
    html`<rect
      class="share ${decision}"
      x="${x}"
      y="${number(bottom - (below + shares[decision]) * barHeight)}"
      width="${number(step * 0.6)}"
      height="${number(shares[decision] * barHeight)}"
    />`
  return html`${part('present', 0)} ${part('undetermined', shares.present)}
  ${part('absent', shares.present + shares.undetermined)}`
}

function legendEntry(decision: string): Html {
  return html`<svg class="key" viewBox="0 0 10 10"><rect class="share ${decision}" width="10" height="10" /></svg>
    ${decision} `
}

function yOf(share: number): number {
  return plot.top + plot.height * (1 - share)
}

function number(value: number): string {
  return value.toFixed(1)
}
