import { localDay } from '../../clock.ts'
import type { Retraction } from '../../service/retraction/retraction.ts'
import { type PendingSettings, describePending } from '../../settings/settings-in-force.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { type Troubled, decisionOf, isNarrowed, matchesFilter } from '../worklist-filter.ts'
import { type GroupPart, orderWorklist, partOf } from '../worklist.ts'
import type { AskedWorklist } from './asked-worklist.ts'
import { type Html, html } from './html.ts'
import { tableHead } from './table-head.ts'
import { pageHead } from './page-head.ts'
import { pageHeader } from './page-header.ts'
import { type RowOptions, studyRow } from './study-row.ts'
import { isFinished } from '../../service/queue/job-states.ts'
import { modelWords } from './words.ts'
import { pageLinks } from './worklist-page-links.ts'
import { worklistFilterForm } from './worklist-filter-form.ts'

interface WorklistOptions extends RowOptions {
  /** The retraction of the running model. If there is one, no study is analysed. */
  readonly runningModelRetraction: () => Retraction | undefined
  readonly pendingSettings: () => PendingSettings
}

export interface WorklistPageOptions extends WorklistOptions {
  /** Facts for the footer: model, engine, versions. */
  readonly about: Readonly<Record<string, string>>
}

/**
 * The page at `/` and `/index.html`. Without JavaScript only the buttons in its rows and live updates do not work. Its
 * links are relative, because the Orthanc plugin also serves it below `/lung-triage/`.
 */
export function worklistPage(asked: AskedWorklist, options: WorklistPageOptions): Html {
  return html`<!doctype html>
    <html lang="en">
      ${pageHead({ title: 'Worklist', root: './', styles: [], script: 'worklist.js' })}
      <body>
        <a class="skip" href="#worklist">Skip to the worklist</a>
        ${pageHeader({
          about: "Automatic findings on children's chest radiographs, not verified by a physician.",
          updates: 'live',
          links: { 'Agreement and drift': 'quality' },
        })}
        <main>
          ${worklistFilterForm(asked.period, asked.filter)} ${worklistSection(asked, options)}
          <p id="announcement" class="unseen" role="status" aria-live="polite"></p>
        </main>
        <footer>
          <dl>
            ${Object.entries(options.about).map(
              ([name, value]) =>
                html`<div>
                  <dt>${name}</dt>
                  <dd>${value}</dd>
                </div>`,
            )}
          </dl>
        </footer>
        <dialog id="enlarged" aria-label="Enlarged picture">
          <form method="dialog"><button type="submit" class="button">Close</button></form>
          <img alt="" />
        </dialog>
      </body>
    </html>`
}

/** The part that the page fetches again after a change: one page of the records that match the filter. */
export function worklistSection(asked: AskedWorklist, options: WorklistOptions): Html {
  const { records, filter, troubled } = asked
  const shown = records.filter((record) => matchesFilter(record, filter, troubled))
  const whole = orderWorklist(shown)
  const part = partOf(whole, asked.page)
  const rowOf = (record: StudyRecord): Html =>
    studyRow(record, troubled.get(record.study.studyInstanceUid) ?? [], options)
  const empty = isNarrowed(filter) ? 'No study matches the filter.' : 'None. New studies appear here automatically.'
  // Studies with pneumonia present on all pages, so that the browser announces a new one on any page.
  const present = whole.present.map(({ arrival }) => arrival).join(' ')
  return html`<section id="worklist" tabindex="-1" aria-label="Worklist" data-present="${present}">
    <p id="alert" class="alert" role="alert">${alertText(options)}</p>
    <p id="summary">${summaryOf(shown, troubled)}${isNarrowed(filter) ? ` (of ${records.length})` : undefined}</p>
    <table role="table">
      ${tableHead(['Picture', 'Finding', 'Study', 'State', 'Actions'])}
      ${rowGroup('present', 'Pneumonia present – highest probability first', 'None.', part.present, rowOf)}
      ${rowGroup('others', 'All others – in order of arrival', empty, part.others, rowOf)}
    </table>
    ${pageLinks(part, asked)}
  </section>`
}

/** Empty unless the running model is retracted or settings are pending. */
function alertText({ runningModelRetraction, pendingSettings }: WorklistOptions): string {
  const alerts = [retractionText(runningModelRetraction()), describePending(pendingSettings())]
  return alerts.filter((alert) => alert !== undefined).join(' ')
}

function retractionText(retraction: Retraction | undefined): string | undefined {
  if (retraction === undefined) return undefined
  const [model, day] = [modelWords(retraction.model), localDay(retraction.at)]
  return `Analysis has stopped: the model ${model} was retracted on ${day}. Set another LungTriage.Model and restart the service.`
}

function rowGroup(
  name: string,
  title: string,
  whenEmpty: string,
  { records, total }: GroupPart,
  rowOf: (record: StudyRecord) => Html,
): Html {
  return html`<tbody id="group-${name}" role="rowgroup" aria-labelledby="title-${name}">
    <tr role="row" class="group" id="heading-${name}">
      <th role="rowheader" scope="rowgroup" colspan="5" id="title-${name}">
        ${title} <span class="count">${total}</span>
      </th>
    </tr>
    ${records.map(rowOf)}
    ${
      records.length === 0
        ? html`<tr role="row" class="empty" id="empty-${name}">
            <td role="cell" colspan="5">${total === 0 ? whenEmpty : 'On another page.'}</td>
          </tr>`
        : undefined
    }
  </tbody>`
}

function summaryOf(records: readonly StudyRecord[], troubled: Troubled): string {
  const count = (name: string, matches: (record: StudyRecord) => boolean): string[] => {
    const studies = records.filter(matches).length
    return studies === 0 ? [] : [`${studies} ${name}`]
  }
  const parts = [
    ...count('present', (record) => decisionOf(record) === 'present'),
    ...count('undetermined', (record) => decisionOf(record) === 'undetermined'),
    ...count('absent', (record) => decisionOf(record) === 'absent'),
    ...count('withdrawn', (record) => decisionOf(record) === 'withdrawn'),
    ...count('pending', ({ progress }) => !isFinished(progress.state)),
    ...count('skipped', ({ progress }) => progress.state === 'skipped'),
    ...count('failed', ({ progress }) => progress.state === 'dead'),
    ...count('not delivered', ({ study }) => troubled.has(study.studyInstanceUid)),
  ]
  return `${records.length} ${records.length === 1 ? 'study' : 'studies'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}
