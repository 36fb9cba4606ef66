import type { Opinion } from '../../feedback/opinion.ts'
import type { Finding, Problem, WithdrawnFinding } from '../finding.ts'
import type { Progress, StudyRecord } from '../store.ts'
import { canRetry } from '../worklist.ts'
import { type Html, html } from './html.ts'
import { opinionButtons, reportLines } from './opinions.ts'
import { decisionWords } from './words.ts'

export interface RowOptions {
  /** Address of a study in the viewer, with `{StudyInstanceUID}` in it. */
  readonly viewerUrl: string | undefined
  readonly logKey: (studyInstanceUid: string) => string
  /** Opinions that stand on a result. */
  readonly opinionsOn: (resultKey: string) => readonly Opinion[]
}

/** One study of the worklist. Ids let the browser keep focus and unchanged rows when it takes in an update. */
export function studyRow(record: StudyRecord, options: RowOptions): Html {
  const uid = record.study.studyInstanceUid
  const opinions = record.finding === undefined ? [] : options.opinionsOn(record.finding.resultKey)
  return html`<tr id="study-${uid}" role="row" class="study ${toneOf(record)}" data-state="${record.progress.state}">
    <td role="cell" class="pictures">${pictureLinks(record)}</td>
    <td role="cell" class="finding">${findingCell(record)} ${reportLines(opinions)}</td>
    <td role="cell" class="identity">${identityCell(record)}</td>
    <td role="cell" class="progress">${progressCell(record.progress)} ${detailsOf(record, options)}</td>
    <td role="cell" class="actions">${actionsCell(record, opinions, options)}</td>
  </tr>`
}

function toneOf({ finding, progress }: StudyRecord): string {
  if (finding?.kind === 'analysed') return finding.decision
  return finding?.kind === 'withdrawn' ? finding.kind : progress.state
}

/** Names a study for people: its accession number, or the end of its UID. */
function studyName({ study, finding }: StudyRecord): string {
  return finding?.accessionNumber ?? `…${study.studyInstanceUid.slice(-8)}`
}

function pictureLinks(record: StudyRecord): Html[] {
  const { finding } = record
  if (finding === undefined || finding.kind === 'withdrawn') return []
  const uid = record.study.studyInstanceUid
  return Array.from({ length: finding.pictureCount }, (_, index) => {
    // The result key makes a new result a new address, so that thumbnails can be cached.
    const address = `studies/${uid}/pictures/${index}`
    const name = `Picture ${index + 1} of study ${studyName(record)}`
    return html`<a id="picture-${uid}-${index}" class="picture" href="${address}?result=${finding.resultKey}">
      <img src="${address}/thumbnail?result=${finding.resultKey}" alt="${name}" loading="lazy" width="88" height="88" />
    </a>`
  })
}

function findingCell({ finding, progress }: StudyRecord): Html {
  if (finding === undefined) return html`<p class="decision pending">${pendingWords[progress.state]}</p>`
  if (finding.kind === 'withdrawn') return withdrawnCell(finding)
  if (finding.kind === 'not-analysed') {
    return html`<p class="decision">Not analysed</p>
      ${finding.notAnalysed.map(problemLine)}`
  }
  const { decision, probabilities, flags, imagesDisagree } = finding
  return html`<p class="decision">
      ${decisionWords[decision]}
      <data class="probability" value="${probabilities.pneumonia}">${percent(probabilities.pneumonia)}</data>
    </p>
    ${probabilityBar(finding)} ${decision === 'present' ? kindsLine(probabilities) : undefined}
    ${imagesDisagree ? html`<p class="flag">The images of this study disagree; the most suspicious one counts.</p>` : undefined}
    ${flags.map(({ message }) => html`<p class="flag">${message}</p>`)} ${finding.notAnalysed.map(problemLine)}`
}

function withdrawnCell({ model, withdrawnAt, standingModel }: WithdrawnFinding): Html {
  const standing = standingModel?.replace('/', ' ')
  const day = withdrawnAt.toISOString().slice(0, 10)
  return html`<p class="decision">Withdrawn</p>
    <p class="problem">The model ${model.name} ${model.version} was retracted on ${day}. Do not use its results.</p>
    ${
      standing === undefined
        ? undefined
        : html`<p class="flag">An earlier result, of ${standing}, still stands; it does not count again by itself.</p>`
    }`
}

const pendingWords: Readonly<Record<Progress['state'], string>> = {
  waiting: 'No finding yet',
  active: 'No finding yet',
  retrying: 'No finding yet',
  done: 'No finding',
  skipped: 'Nothing to analyse',
  dead: 'Not analysed',
}

/** Of stage two only a likelihood is told: a radiograph can hardly tell the two apart. */
function kindsLine({ bacterial, viral }: { readonly bacterial: number; readonly viral: number }): Html {
  return html`<p class="kinds">Likelihood only: bacterial ${percent(bacterial)}, viral ${percent(viral)}</p>`
}

/** Drawn, not styled: the content security policy allows no style attributes. The two ticks are the thresholds. */
function probabilityBar({ probabilities, thresholds }: Extract<Finding, { kind: 'analysed' }>): Html {
  const x = (share: number): string => (share * 100).toFixed(1)
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <rect class="track" y="2" width="100" height="4" />
    <rect class="fill" y="2" width="${x(probabilities.pneumonia)}" height="4" />
    <rect class="tick" x="${x(thresholds.absent)}" width="0.5" height="8" />
    <rect class="tick" x="${x(thresholds.present)}" width="0.5" height="8" />
  </svg>`
}

function problemLine({ code, reason }: Problem): Html {
  return html`<p class="problem">${reason} <code>${code}</code></p>`
}

function identityCell(record: StudyRecord): Html {
  const { finding, study, arrivedAt } = record
  return html`<p class="name">${studyName(record)}</p>
    <p>Arrived ${moment(arrivedAt)}</p>
    ${finding?.studyDate === undefined ? undefined : html`<p>Study of ${calendarDate(finding.studyDate)}</p>`}
    ${finding?.accessionNumber === undefined ? undefined : html`<p>UID …${study.studyInstanceUid.slice(-8)}</p>`}`
}

function progressCell(progress: Progress): Html {
  switch (progress.state) {
    case 'waiting':
      return html`<p class="state">Waiting</p>`
    case 'active':
      return html`<p class="state">Being analysed${progress.attempt > 1 ? `, attempt ${progress.attempt}` : ''}</p>`
    case 'retrying':
      return html`<p class="state">Trying again at ${moment(progress.retryAt)}</p>
        ${problemLine(progress.problem)}`
    case 'done':
      return html`<p class="state">Done</p>`
    case 'skipped':
      return html`<p class="state">Skipped</p>
        ${problemLine(progress.problem)}`
    case 'dead':
      return html`<p class="state">
          Given up after ${progress.attempt === 1 ? '1 attempt' : `${progress.attempt} attempts`}
        </p>
        ${problemLine(progress.problem)}`
  }
}

function detailsOf({ study, finding }: StudyRecord, { logKey }: RowOptions): Html {
  const uid = study.studyInstanceUid
  const times = Object.entries(finding?.ms ?? {}).map(([step, ms]) => `${step} ${Math.round(ms)} ms`)
  return html`<details>
    <summary id="details-${uid}">Details</summary>
    <dl>
      <dt>Study Instance UID</dt>
      <dd>${uid}</dd>
      <dt>Key in the logs</dt>
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

function actionsCell(record: StudyRecord, opinions: readonly Opinion[], { viewerUrl }: RowOptions): Html {
  const uid = record.study.studyInstanceUid
  const name = studyName(record)
  const viewer =
    viewerUrl === undefined
      ? undefined
      : html`<a
          id="viewer-${uid}"
          class="button"
          href="${viewerUrl.replaceAll('{StudyInstanceUID}', encodeURIComponent(uid))}"
          target="_blank"
          rel="noopener noreferrer"
          >Open in viewer<span class="unseen"> study ${name}</span></a
        >`
  const retry = canRetry(record)
    ? html`<button id="retry-${uid}" class="button retry" type="button" data-retry="${uid}">
        Retry<span class="unseen"> study ${name}</span>
      </button>`
    : undefined
  const judge =
    record.finding?.kind === 'analysed' ? opinionButtons(uid, name, record.finding.resultKey, opinions) : undefined
  return html`${viewer} ${retry} ${judge}`
}

function percent(share: number): string {
  return `${(share * 100).toFixed(share > 0.99 || share < 0.01 ? 1 : 0)} %`
}

/** The browser rewrites it in the reader's own time zone. */
function moment(time: Date): Html {
  return html`<time datetime="${time.toISOString()}">${time.toISOString().slice(0, 16).replace('T', ' ')} UTC</time>`
}

function calendarDate(dicomDate: string): string {
  return dicomDate.replace(/^(\d{4})(\d{2})(\d{2})$/, '$1-$2-$3')
}
