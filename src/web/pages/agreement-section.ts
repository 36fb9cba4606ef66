import type { Agreement, AgreementTable } from '../../feedback/agreement.ts'
import type { OpinionSource } from '../../feedback/opinion.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { decisionWords, wholePercent } from './words.ts'

const sourceWords: Readonly<Record<OpinionSource, string>> = {
  page: 'Buttons of the worklist',
  fhir: 'Final reports (FHIR)',
  'structured-report': 'Signed Structured Reports',
}

/** How far readers agree, by our decision, by source and by version of the model. */
export function agreementSection({ all, byDecision, bySource, byModel }: AgreementTable): Html {
  return html`<section aria-labelledby="agreement">
    <h2 id="agreement">Agreement with readers</h2>
    <div class="words">
      <p>
        Each result counts once, by its last opinion. In the rows by source it counts once per source. The share is the
        readers who agree among those who agree or disagree, with its 95 % confidence interval (Wilson). With few
        opinions the interval is wide, and a difference inside it means nothing.
      </p>
      <p>
        Readers who saw the finding first tend to agree with it, and not every study has an opinion. This does not
        measure how often the network is right.
      </p>
    </div>
    <table role="table" class="figures">
      <caption class="unseen">
        Agreement of readers with results
      </caption>
      ${tableHead(['Our decision', 'Agree', 'Disagree', 'Share that agree', 'Reports say present', 'Reports say absent'])}
      ${rowGroup(
        undefined,
        byDecision.map(({ decision, agreement }) => row(decisionWords[decision], agreement)),
      )}
      ${rowGroup(undefined, [row('All results', all)])}
      ${rowGroup(
        'By source',
        bySource.map(({ source, agreement }) => row(sourceWords[source], agreement)),
      )}
      ${rowGroup(
        'By model',
        byModel.map(({ model, agreement }) => row(model, agreement)),
      )}
    </table>
    <p class="words">
      A report's codes say present or absent, which agrees or disagrees with a decision. An undetermined result can do
      neither, so its reports are listed by what they say.
    </p>
  </section>`
}

function rowGroup(title: string | undefined, rows: readonly Html[]): Html | undefined {
  if (rows.length === 0) return undefined
  return html`<tbody role="rowgroup">
    ${
      title === undefined
        ? undefined
        : html`<tr role="row" class="group">
            <th role="rowheader" scope="rowgroup" colspan="6">${title}</th>
          </tr>`
    }
    ${rows}
  </tbody>`
}

function row(name: string, { agree, disagree, readsPresent, readsAbsent, share }: Agreement): Html {
  return html`<tr role="row">
    <th role="rowheader" scope="row">${name}</th>
    <td role="cell" data-label="Agree">${agree}</td>
    <td role="cell" data-label="Disagree">${disagree}</td>
    <td role="cell" data-label="Share that agree">
      ${
        share === undefined
          ? 'none yet'
          : `${wholePercent(share.value)} (${wholePercent(share.ci95[0])} to ${wholePercent(share.ci95[1])})`
      }
    </td>
    <td role="cell" data-label="Reports say present">${readsPresent}</td>
    <td role="cell" data-label="Reports say absent">${readsAbsent}</td>
  </tr>`
}
