import type { StudyResult } from '../../service/store/store.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { localDay } from '../../clock.ts'
import { decisionWords, modelWords } from './words.ts'

/** All stored results of a study from all models, newest first. Pictures of withdrawn results are not linked. */
export function studyResults(
  studyInstanceUid: string,
  results: readonly StudyResult[],
  currentKey: string | undefined,
): Html {
  if (results.length === 0) return html`<p class="none">No results yet.</p>`
  return html`<table role="table" class="figures">
    <caption class="unseen">
      Results of the study, newest first
    </caption>
    ${tableHead(['Model', 'Finding', 'Status', 'Pictures'])}
    <tbody role="rowgroup">
      ${results.toReversed().map((result) => row(studyInstanceUid, result, result.resultKey === currentKey))}
    </tbody>
  </table>`
}

function row(uid: string, result: StudyResult, isCurrent: boolean): Html {
  const { model, decision, withdrawnAt } = result
  return html`<tr role="row" class="${withdrawnAt === undefined ? '' : 'withdrawn'}">
    <th role="rowheader" scope="row">${modelWords(model)}</th>
    <td role="cell" data-label="Finding">${decision === undefined ? 'Not analysed' : decisionWords[decision]}</td>
    <td role="cell" data-label="Status">${standingWords(withdrawnAt, isCurrent)}</td>
    <td role="cell" data-label="Pictures">${pictureLinks(uid, result)}</td>
  </tr>`
}

function standingWords(withdrawnAt: Date | undefined, isCurrent: boolean): Html | string {
  if (withdrawnAt === undefined) return isCurrent ? 'Current finding' : 'Superseded'
  return html`<strong class="problem">Withdrawn on ${localDay(withdrawnAt)}: do not use</strong>`
}

function pictureLinks(uid: string, { resultKey, model, pictureCount, withdrawnAt }: StudyResult): Html | Html[] {
  if (withdrawnAt !== undefined || pictureCount === 0) return html`none`
  return Array.from(
    { length: pictureCount },
    (_, index) =>
      html`<a href="${uid}/pictures/${index}?result=${resultKey}"
        >Picture ${index + 1}<span class="unseen"> of the result of ${modelWords(model)}</span></a
      > `,
  )
}
