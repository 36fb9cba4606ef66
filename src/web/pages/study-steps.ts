import type { StepTimes } from '../../stopwatch.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'

const stepWords: Readonly<Record<string, string>> = {
  list: 'Listing the images',
  fetch: 'Fetching the images',
  decode: 'Decoding',
  display: 'Preparing for display',
  lungs: 'Locating the lungs',
  preprocess: 'Preparing the network input',
  network: 'Running the network',
  report: 'Building the results',
}

/** Duration of each step of the last analysis, and the total. */
export function studySteps(ms: StepTimes): Html {
  const steps = Object.entries(ms)
  if (steps.length === 0) return html`<p class="none">No times recorded yet.</p>`
  const total = steps.reduce((sum, [, stepMs]) => sum + stepMs, 0)
  return html`<table role="table" class="figures">
    <caption class="unseen">
      Time per step
    </caption>
    ${tableHead(['Step', 'Milliseconds'])}
    <tbody role="rowgroup">
      ${steps.map(([step, stepMs]) => row(stepWords[step] ?? step, stepMs))} ${row('Total', total)}
    </tbody>
  </table>`
}

function row(name: string, ms: number): Html {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    <td role="cell" data-label="Milliseconds">${Math.round(ms)}</td>
  </tr>`
}
