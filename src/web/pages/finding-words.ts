import { withdrawalReason } from '../../report/withdrawal-cause.ts'
import { imagesDiffer } from '../../report/wording.ts'
import { localIso } from '../../clock.ts'
import type { Finding, WithdrawnFinding } from '../../service/store/finding.ts'
import type { JobState } from '../../service/queue/job-states.ts'
import type { StudyRecord } from '../../service/store/store.ts'
import { type Html, html } from './html.ts'
import { decisionWords, modelWords, percent, problemLine } from './words.ts'

type AnalysedFinding = Extract<Finding, { kind: 'analysed' }>

/** The finding of a study, in a few words. */
export function findingWords({ finding, progress }: StudyRecord): Html {
  if (finding === undefined) return html`<p class="decision pending">${pendingWords[progress.state]}</p>`
  if (finding.kind === 'withdrawn') return withdrawnCell(finding)
  if (finding.kind === 'not-analysed') {
    return html`<p class="decision">Not analysed</p>
      ${finding.notAnalysed.map(problemLine)}`
  }
  const { decision, probabilities, flags, imagesDisagree } = finding
  return html`${decisionLine(finding)} ${decision === 'present' ? kindsLine(probabilities) : undefined}
  ${imagesDisagree ? html`<p class="flag">${imagesDiffer}</p>` : undefined}
  ${flags.map(({ message }) => html`<p class="flag">${message}</p>`)} ${finding.notAnalysed.map(problemLine)}`
}

/** Decision and probability, marked urgent if pneumonia is present. */
export function decisionLine(finding: AnalysedFinding): Html {
  const { decision, probabilities } = finding
  return html`<p class="decision">
      ${decisionWords[decision]}
      <data class="probability" value="${probabilities.pneumonia}">${percent(probabilities.pneumonia)}</data>
      ${decision === 'present' ? html`<strong class="urgent">Urgent</strong>` : undefined}
    </p>
    ${probabilityBar(finding)}`
}

function withdrawnCell({ model, withdrawnAt, cause, standingModel }: WithdrawnFinding): Html {
  return html`<p class="decision">Withdrawn</p>
    <p class="problem">${withdrawalReason({ cause, model, at: localIso(withdrawnAt) })}</p>
    ${
      standingModel === undefined
        ? undefined
        : html`<p class="flag">
            An earlier result of the model ${modelWords(standingModel)} remains valid but is not shown as the current
            finding.
          </p>`
    }`
}

const pendingWords: Readonly<Record<JobState, string>> = {
  waiting: 'No result yet',
  active: 'No result yet',
  retrying: 'No result yet',
  done: 'No result',
  skipped: 'Nothing to analyse',
  dead: 'Not analysed',
}

/** A likelihood only: chest radiographs cannot reliably distinguish bacterial from viral pneumonia. */
function kindsLine({ bacterial, viral }: { readonly bacterial: number; readonly viral: number }): Html {
  return html`<p class="kinds">
    Bacterial likelihood ${percent(bacterial)}, viral likelihood ${percent(viral)} (weak evidence)
  </p>`
}

/** An SVG, because the content security policy allows no style attributes. The two ticks are the thresholds. */
function probabilityBar({ probabilities, thresholds }: AnalysedFinding): Html {
  const x = (share: number): string => (share * 100).toFixed(1)
  return html`<svg class="bar" viewBox="0 0 100 8" preserveAspectRatio="none" aria-hidden="true" focusable="false">
    <rect class="track" y="2" width="100" height="4" />
    <rect class="fill" y="2" width="${x(probabilities.pneumonia)}" height="4" />
    <rect class="tick" x="${x(thresholds.absent)}" width="0.5" height="8" />
    <rect class="tick" x="${x(thresholds.present)}" width="0.5" height="8" />
  </svg>`
}
