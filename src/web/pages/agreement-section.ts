import type { Agreement, AgreementTable } from '../../feedback/agreement.ts'
import type { OpinionSource } from '../../feedback/opinion.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { decisionWords, wholePercent } from './words.ts'

const sourceWords: Readonly<Record<OpinionSource, string>> = {
  page: 'Agree/Disagree buttons',
  fhir: 'Final reports (FHIR)',
  'structured-report': 'Signed Structured Reports',
}

/** Reader agreement by decision, source and model version. */
export function agreementSection({ all, byDecision, bySource, byModel }: AgreementTable): Html {
  return html`<section aria-labelledby="agreement">
    <h2 id="agreement">Reader agreement</h2>
    <div class="words">
      <p>
        Each result counts once, with its latest opinion. In the rows by source it counts once per source. The agreement
        rate is agree / (agree + disagree), with its 95 % confidence interval (Wilson). With few opinions the interval
        is wide, and a difference within it may be chance.
      </p>
      <p>
        These figures do not measure diagnostic accuracy. Readers who see the finding first tend to agree with it, and
        not every study has an opinion.
      </p>
    </div>
    <table role="table" class="figures">
      <caption class="unseen">
        Reader agreement
      </caption>
      ${tableHead(['Decision', 'Agree', 'Disagree', 'Agreement rate', 'Reports: present', 'Reports: absent'])}
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
      A coded report states that pneumonia is present or absent. If our decision is present or absent, the report counts
      as agree or disagree. If it is undetermined, the report counts in one of the last two columns.
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
    <td role="cell" data-label="Agreement rate">
      ${
        share === undefined
          ? 'none yet'
          : `${wholePercent(share.value)} (${wholePercent(share.ci95[0])} to ${wholePercent(share.ci95[1])})`
      }
    </td>
    <td role="cell" data-label="Reports: present">${readsPresent}</td>
    <td role="cell" data-label="Reports: absent">${readsAbsent}</td>
  </tr>`
}
