import type { DeliveryTrouble } from '../../service/deliveries/delivery.ts'
import type { Opinion } from '../../feedback/opinion.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { findingWords } from './finding-words.ts'
import { type Html, html } from './html.ts'
import { reportLines } from './opinions.ts'
import { progressWords } from './progress-words.ts'
import { studyActions } from './study-actions.ts'
import { troubleLine } from './study-deliveries.ts'
import { calendarDate, moment, studyName, uidEnd } from './words.ts'

export interface RowOptions {
  /** Address of a study in the viewer, with the placeholder `{StudyInstanceUID}`. */
  readonly viewerUrl: string | undefined
  readonly logKey: (studyInstanceUid: string) => string
  /** The current opinions on a result. */
  readonly opinionsOn: (resultKey: string) => readonly Opinion[]
}

/** One study of the worklist. Its ids let the browser keep the focus and the unchanged rows during an update. */
export function studyRow(record: StudyRecord, troubles: readonly DeliveryTrouble[], options: RowOptions): Html {
  const uid = record.study.studyInstanceUid
  const opinions = record.finding === undefined ? [] : options.opinionsOn(record.finding.resultKey)
  return html`<tr id="study-${uid}" role="row" class="study ${toneOf(record)}">
    <td role="cell" class="pictures">${pictureLinks(record)}</td>
    <td role="cell" class="finding">${findingWords(record)} ${reportLines(opinions)}</td>
    <td role="cell" class="identity">${identityCell(record)}</td>
    <td role="cell" class="progress">
      ${progressWords(record.progress)} ${troubles.map(troubleLine)} ${detailsOf(record, options)}
    </td>
    <td role="cell" class="actions">${studyActions(record, opinions, options.viewerUrl)}</td>
  </tr>`
}

/** CSS class for the colour of a study. */
export function toneOf({ finding, progress }: StudyRecord): string {
  if (finding?.kind === 'analysed') return finding.decision
  return finding?.kind === 'withdrawn' ? finding.kind : progress.state
}

function pictureLinks(record: StudyRecord): Html[] {
  const { finding } = record
  if (finding === undefined || finding.kind === 'withdrawn') return []
  const uid = record.study.studyInstanceUid
  return Array.from({ length: finding.pictureCount }, (_, index) => {
    // A new result has a new address, so thumbnails can be cached.
    const address = `studies/${uid}/pictures/${index}`
    const name = `Picture ${index + 1} of study ${studyName(record)}`
    return html`<a id="picture-${uid}-${index}" class="picture" href="${address}?result=${finding.resultKey}">
      <img src="${address}/thumbnail?result=${finding.resultKey}" alt="${name}" loading="lazy" width="88" height="88" />
    </a>`
  })
}

function identityCell(record: StudyRecord): Html {
  const { finding, study, arrivedAt } = record
  const uid = study.studyInstanceUid
  return html`<p class="name"><a id="open-${uid}" href="studies/${uid}">${studyName(record)}</a></p>
    <p>Arrived ${moment(arrivedAt)}</p>
    ${finding?.studyDate === undefined ? undefined : html`<p>Study date ${calendarDate(finding.studyDate)}</p>`}
    ${finding?.accessionNumber === undefined ? undefined : html`<p>UID ${uidEnd(uid)}</p>`}`
}

function detailsOf({ study, finding }: StudyRecord, { logKey }: RowOptions): Html {
  const uid = study.studyInstanceUid
  const times = Object.entries(finding?.ms ?? {}).map(([step, ms]) => `${step} ${Math.round(ms)} ms`)
  return html`<details>
    <summary id="details-${uid}">Details</summary>
    <dl>
      <dt>Study Instance UID</dt>
      <dd>${uid}</dd>
      <dt>Log key</dt>
      <dd>${logKey(uid)}</dd>
      ${
        finding &&
        html`<dt>Model</dt>
          <dd>${finding.model.name} ${finding.model.version}</dd>`
      }
      ${
        times.length === 0
          ? undefined
          : html`<dt>Times</dt>
              <dd>${times.join(', ')}</dd>`
      }
    </dl>
  </details>`
}
