import type { Retraction } from '../retraction.ts'
import type { StudyRecord } from '../store.ts'
import { orderWorklist } from '../worklist.ts'
import { type Html, html } from './html.ts'
import { type RowOptions, studyRow } from './study-row.ts'

/** Which studies the page shows. */
export const periods = { '1': 'Last 24 hours', '7': 'Last 7 days', all: 'All kept' } as const
export type Period = keyof typeof periods

export interface WorklistOptions extends RowOptions {
  /** That of the running model, which then analyses nothing. */
  readonly runningModelRetraction: () => Retraction | undefined
}

export interface WorklistPageOptions extends WorklistOptions {
  /** What computes here: model, engine, versions. */
  readonly about: Readonly<Record<string, string>>
}

/**
 * The page at `/`. Complete without JavaScript but for the retry buttons and its updating itself. Its addresses are relative, as the
 * plugin shows it inside Orthanc below `/lung-triage/`.
 */
export function worklistPage(records: readonly StudyRecord[], period: Period, options: WorklistPageOptions): Html {
  return html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="dark" />
        <title>Worklist – Lung Triage</title>
        <link rel="icon" href="assets/icon.svg" />
        <link rel="stylesheet" href="assets/worklist.css" />
        <script src="assets/worklist.js" type="module"></script>
      </head>
      <body>
        <a class="skip" href="#worklist">Skip to the worklist</a>
        <header>
          <h1>Lung Triage</h1>
          <p class="banner" role="note">
            <strong>Not for diagnostic use.</strong> A network's opinion on children's chest radiographs; a radiologist
            decides.
          </p>
          <p id="connection" role="status">Connecting…</p>
          <nav aria-label="Pages"><a href="quality">Agreement and drift</a></nav>
        </header>
        <main>
          <nav aria-label="Period">${periodLinks(period)}</nav>
          ${worklistSection(records, options)}
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

function periodLinks(current: Period): Html[] {
  const names = Object.keys(periods).filter((name): name is Period => name in periods)
  return names.map((name) =>
    name === current
      ? html`<a href="?period=${name}" aria-current="true">${periods[name]}</a>`
      : html`<a href="?period=${name}">${periods[name]}</a>`,
  )
}

/** The part that the page fetches again when something changed. */
export function worklistSection(records: readonly StudyRecord[], options: WorklistOptions): Html {
  const { present, others } = orderWorklist(records)
  return html`<section id="worklist" tabindex="-1" aria-label="Worklist">
    <p id="alert" class="alert" role="alert">${alertText(options.runningModelRetraction())}</p>
    <p id="summary">${summaryOf(records)}</p>
    <table role="table">
      <thead role="rowgroup">
        <tr role="row">
          <th role="columnheader" scope="col">Picture</th>
          <th role="columnheader" scope="col">Finding</th>
          <th role="columnheader" scope="col">Study</th>
          <th role="columnheader" scope="col">State</th>
          <th role="columnheader" scope="col">Actions</th>
        </tr>
      </thead>
      ${rowGroup('present', 'Pneumonia present – highest probability first', 'None.', present, options)}
      ${rowGroup('others', 'All others – in order of arrival', 'None. New studies appear here by themselves.', others, options)}
    </table>
  </section>`
}

/** Empty while the running model works. */
function alertText(retraction: Retraction | undefined): string {
  if (retraction === undefined) return ''
  const [model, day] = [retraction.model.replace('/', ' '), retraction.at.toISOString().slice(0, 10)]
  return `Nothing is analysed: the model ${model} was retracted on ${day}. Set another LungTriage.Model and restart the service.`
}

function rowGroup(
  name: string,
  title: string,
  whenEmpty: string,
  records: readonly StudyRecord[],
  options: RowOptions,
): Html {
  return html`<tbody id="group-${name}" role="rowgroup" aria-labelledby="title-${name}">
    <tr role="row" class="group" id="heading-${name}">
      <th role="rowheader" scope="rowgroup" colspan="5" id="title-${name}">
        ${title} <span class="count">${records.length}</span>
      </th>
    </tr>
    ${records.map((record) => studyRow(record, options))}
    ${
      records.length === 0
        ? html`<tr role="row" class="empty" id="empty-${name}">
            <td role="cell" colspan="5">${whenEmpty}</td>
          </tr>`
        : undefined
    }
  </tbody>`
}

function summaryOf(records: readonly StudyRecord[]): string {
  const count = (name: string, matches: (record: StudyRecord) => boolean): string[] => {
    const studies = records.filter(matches).length
    return studies === 0 ? [] : [`${studies} ${name}`]
  }
  const parts = [
    ...count('present', (record) => decisionOf(record) === 'present'),
    ...count('undetermined', (record) => decisionOf(record) === 'undetermined'),
    ...count('absent', (record) => decisionOf(record) === 'absent'),
    ...count('withdrawn', ({ finding }) => finding?.kind === 'withdrawn'),
    ...count('in work', ({ progress }) => ['waiting', 'active', 'retrying'].includes(progress.state)),
    ...count('skipped', ({ progress }) => progress.state === 'skipped'),
    ...count('given up', ({ progress }) => progress.state === 'dead'),
  ]
  return `${records.length} ${records.length === 1 ? 'study' : 'studies'}${parts.length === 0 ? '' : `: ${parts.join(', ')}`}`
}

function decisionOf({ finding }: StudyRecord): string | undefined {
  return finding?.kind === 'analysed' ? finding.decision : undefined
}
