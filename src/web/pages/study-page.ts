import type { StudyRecord } from '../../service/store/store.ts'
import { decisionLine, findingWords } from './finding-words.ts'
import { type Html, html } from './html.ts'
import { reportLines } from './opinions.ts'
import { pageHead } from './page-head.ts'
import { pageHeader } from './page-header.ts'
import { progressWords } from './progress-words.ts'
import { studyActions } from './study-actions.ts'
import type { StudyDetails } from './study-details.ts'
import { acknowledgeDialog, studyDeliveries } from './study-deliveries.ts'
import { studyHistory } from './study-history.ts'
import { studyResults } from './study-results.ts'
import { studySteps } from './study-steps.ts'
import { toneOf } from './study-row.ts'
import { calendarDate, decisionWords, moment, percent, studyName } from './words.ts'

/**
 * The page at `/studies/UID`. Without JavaScript only its buttons and live updates do not work. Each part that can
 * change has an id and `data-part`.
 */
export function studyPage(details: StudyDetails, viewerUrl: string | undefined): Html {
  const { record, results, standing } = details
  const uid = record.study.studyInstanceUid
  const name = studyName(record)
  return html`<!doctype html>
    <html lang="en">
      ${pageHead({ title: `Study ${name}`, root: '../', styles: ['quality.css', 'study.css'], script: 'study.js' })}
      <body>
        <a class="skip" href="#study">Skip to the study</a>
        ${pageHeader({
          about: "Automatic finding on a child's chest radiograph, not verified by a physician.",
          updates: 'live',
          links: { Worklist: '../index.html', 'Agreement and drift': '../quality' },
        })}
        <main id="study" tabindex="-1">
          <h2 id="part-name" data-part>Study ${name}</h2>
          <div class="overview">
            <section id="part-finding" data-part class="finding-part ${toneOf(record)}" aria-label="Finding">
              ${foundWords(details)} ${reportLines(standing)}
              <div class="progress">${progressWords(record.progress)}</div>
            </section>
            <section id="part-actions" data-part class="actions" aria-label="Actions">
              ${studyActions(record, standing, viewerUrl)}
            </section>
            <section id="part-pictures" data-part class="large-pictures" aria-label="Pictures">
              ${largePictures(record)}
            </section>
            <section id="part-facts" data-part class="facts" aria-label="About the study">${facts(details)}</section>
          </div>
          ${part('deliveries', 'Deliveries', studyDeliveries(record, details.deliveries))}
          ${part('steps', 'Time per step', studySteps(record.finding?.ms ?? {}))}
          ${part('results', 'Results', studyResults(uid, results, record.finding?.resultKey))}
          ${part('history', 'History', studyHistory(details))}
          <p id="announcement" class="unseen" role="status" aria-live="polite"></p>
        </main>
        ${acknowledgeDialog}
      </body>
    </html>`
}

function part(name: string, title: string, content: Html): Html {
  return html`<section id="part-${name}" data-part aria-labelledby="title-${name}">
    <h3 id="title-${name}">${title}</h3>
    ${content}
  </section>`
}

/** The conclusion of the report, if it is still stored. */
function foundWords({ record, conclusion }: StudyDetails): Html {
  const { finding } = record
  if (conclusion === undefined || finding === undefined || finding.kind === 'withdrawn') return findingWords(record)
  const decision = finding.kind === 'analysed' ? decisionLine(finding) : html`<p class="decision">Not analysed</p>`
  return html`${decision}
    <p class="conclusion">${conclusion}</p>`
}

function largePictures({ study, finding }: StudyRecord): readonly Html[] | Html {
  const count = finding === undefined || finding.kind === 'withdrawn' ? 0 : finding.pictureCount
  if (finding?.kind !== 'analysed' || count === 0) return html`<p class="none">No picture.</p>`
  const { decision, probabilities, resultKey } = finding
  const words = `${decisionWords[decision]}, ${percent(probabilities.pneumonia)}`
  return Array.from(
    { length: count },
    (_, index) =>
      html`<img
        src="${study.studyInstanceUid}/pictures/${index}?result=${resultKey}"
        alt="Picture ${index + 1} of ${count}: the radiograph with the finding drawn on it. Study finding: ${words}"
      />`,
  )
}

function facts({ record, logKey }: StudyDetails): Html {
  const { study, finding, arrivedAt } = record
  const lines: readonly (readonly [string, Html | string | undefined])[] = [
    ['Study Instance UID', study.studyInstanceUid],
    ['Accession number', finding?.accessionNumber],
    ['Study date', finding?.studyDate === undefined ? undefined : calendarDate(finding.studyDate)],
    ['Arrived', moment(arrivedAt)],
    ['Analysed', finding && moment(new Date(finding.analysedAt))],
    ['Model', finding && `${finding.model.name} ${finding.model.version}`],
    ['Log key', logKey],
  ]
  return html`<dl>
    ${lines.map(([name, value]) =>
      value === undefined
        ? undefined
        : html`<div>
            <dt>${name}</dt>
            <dd>${value}</dd>
          </div>`,
    )}
  </dl>`
}
