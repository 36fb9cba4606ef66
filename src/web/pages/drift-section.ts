import { type Comparison, type ModelDrift, type Week, leastCompared, leastReference } from '../../feedback/drift.ts'
import { driftChart } from './drift-chart.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { isoDate, wholePercent } from './words.ts'

/** Weeks that are shown of each model. */
const shownWeeks = 52

/** Whether the scores of the kept studies stay as they were, for each version of the model by itself. */
export function driftSection(drift: readonly ModelDrift[], retentionDays: number): Html {
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Drift of the scores</h2>
    <div class="words">
      <p>
        Each week's studies, by the week in which they arrived (Monday to Sunday, UTC). A shift means that the studies
        or their images have changed: a season of infections, another referring ward, a new detector or new image
        processing. It does not mean that the network became worse. It is a reason to review some studies, and the
        agreement above.
      </p>
      <p>
        The stability index (PSI) compares the week's probabilities with those of the reference, in five bins of equal
        share. The reference is the first weeks that together have ${leastReference} studies. By convention, below 0.1
        is a small shift, 0.1 to 0.25 a moderate one and above 0.25 a large one. Small numbers alone make it large, so
        the average value by chance is shown beside it. Weeks with fewer than ${leastCompared} studies are not compared.
      </p>
      <p>
        Studies are kept for ${retentionDays} days (<code>Retention.Days</code>): the reference moves with them, so
        slower changes do not show.
      </p>
    </div>
    ${drift.length === 0 ? html`<p class="none">No analysed studies yet.</p>` : drift.map(modelPart)}
  </section>`
}

function modelPart({ model, weeks, referenceStudies }: ModelDrift, index: number): Html {
  const shown = weeks.slice(-shownWeeks)
  return html`<section aria-labelledby="model-${index}">
    <h3 id="model-${index}">${model}</h3>
    <p class="words">${referenceWords(referenceStudies)}</p>
    ${driftChart(shown, `chart-${index}`)}
    <table role="table" class="figures">
      <caption class="unseen">
        Scores of ${model} by week
      </caption>
      ${tableHead(['Week from', 'Studies', 'Present', 'Undetermined', 'Absent', 'Probability: quartiles', 'PSI (by chance)'])}
      <tbody role="rowgroup">
        ${shown.toReversed().map(weekRow)}
      </tbody>
    </table>
  </section>`
}

function referenceWords(studies: number | undefined): string {
  return studies === undefined
    ? `No reference yet: the weeks so far have fewer than ${leastReference} studies together.`
    : `The reference has ${studies} studies.`
}

function weekRow({ start, studies, shares, quartiles, comparison }: Week): Html {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${isoDate(start)}</th>
    <td role="cell" data-label="Studies">${studies}</td>
    <td role="cell" data-label="Present">${wholePercent(shares.present)}</td>
    <td role="cell" data-label="Undetermined">${wholePercent(shares.undetermined)}</td>
    <td role="cell" data-label="Absent">${wholePercent(shares.absent)}</td>
    <td role="cell" data-label="Probability: quartiles">${quartiles.map(wholePercent).join(', ')}</td>
    <td role="cell" data-label="PSI (by chance)">${comparisonWords(comparison)}</td>
  </tr>`
}

function comparisonWords(comparison: Comparison): string {
  switch (comparison.kind) {
    case 'reference':
      return 'reference'
    case 'no-reference':
      return 'no reference yet'
    case 'too-few':
      return 'too few'
    case 'compared': {
      const { value, byChance } = comparison.index
      return `${value.toFixed(2)} (${byChance.toFixed(2)})${value > byChance ? sizeWords(value) : ''}`
    }
  }
}

function sizeWords(index: number): string {
  if (index < 0.1) return ''
  return index > 0.25 ? ': much' : ': some'
}
