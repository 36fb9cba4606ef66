import { type Comparison, type ModelDrift, type Week, leastCompared, leastReference } from '../../feedback/drift.ts'
import { driftChart } from './drift-chart.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { isoDate, wholePercent } from './words.ts'

/** Number of weeks shown for each model. */
const shownWeeks = 52

/** Weekly scores of the stored studies, separately for each model version. */
export function driftSection(drift: readonly ModelDrift[], retentionDays: number): Html {
  return html`<section aria-labelledby="drift">
    <h2 id="drift">Score drift</h2>
    <div class="words">
      <p>
        The score is the probability of pneumonia. Studies are grouped by week of arrival (Monday to Sunday, UTC). A
        shift usually means that the patients or the images have changed. Possible causes are an infection season,
        another referring ward, a new detector or new image processing. A shift does not prove that the network performs
        worse. If the scores shift, review a sample of studies and the reader agreement above.
      </p>
      <p>
        The population stability index (PSI) compares the probabilities of a week with those of the reference, in five
        bins that each hold a fifth of the reference. The reference is the first weeks that together have
        ${leastReference} studies. By convention, a PSI below 0.1 is a small shift, 0.1 to 0.25 a moderate shift and
        above 0.25 a large shift. With few studies the PSI is large by chance alone, so its value expected by chance is
        shown in brackets. Weeks with fewer than ${leastCompared} studies are not compared.
      </p>
      <p>
        Studies are kept for ${retentionDays} days (<code>Retention.Days</code>). The reference moves forward as old
        studies are deleted, so slower changes are not visible.
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
      ${tableHead(['Week of', 'Studies', 'Present', 'Undetermined', 'Absent', 'Probability: quartiles', 'PSI (expected by chance)'])}
      <tbody role="rowgroup">
        ${shown.toReversed().map(weekRow)}
      </tbody>
    </table>
  </section>`
}

function referenceWords(studies: number | undefined): string {
  return studies === undefined
    ? `No reference yet: fewer than ${leastReference} studies so far.`
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
    <td role="cell" data-label="PSI (expected by chance)">${comparisonWords(comparison)}</td>
  </tr>`
}

function comparisonWords(comparison: Comparison): string {
  switch (comparison.kind) {
    case 'reference':
      return 'reference'
    case 'no-reference':
      return 'no reference yet'
    case 'too-few':
      return 'too few studies'
    case 'compared': {
      const { value, byChance } = comparison.index
      return `${value.toFixed(2)} (${byChance.toFixed(2)})${value > byChance ? sizeWords(value) : ''}`
    }
  }
}

function sizeWords(index: number): string {
  if (index < 0.1) return ''
  return index > 0.25 ? ': large shift' : ': moderate shift'
}
